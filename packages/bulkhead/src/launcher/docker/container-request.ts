import type { ContainerRequest, EngineFacts } from '../../engine/container-engine.ts';
import type { Labels } from '../../engine/container-labels.ts';
import { asMounts, type Mount } from '../../engine/inside.ts';
import type { ImageRuntime } from '../../environment/ready-environment.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { ContainerCommand, ProgramInside } from '../../languages/instance-command.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';

/** Processes and threads of a container whose registry entry names no number: enough for any library, too few for a fork bomb. */
export const MOST_PROCESSES = 1024;
const NANOSECONDS = 1e9;
const CLOSED = { network: false, read: [], write: [] } as const;
/** Where a container may write. It takes memory, and goes with the container. */
const SCRATCH = 'rw,exec,nosuid,nodev,mode=1777';

export interface ContainerWants {
  readonly spec: PluginSpec;
  readonly runtime: ImageRuntime;
  readonly command: ContainerCommand;
  /** Besides those of the command. */
  readonly mounts: readonly Mount[];
  readonly labels: Labels;
}

/**
 * What the engine is asked for: the plugin's command, and a compartment that is closed but for what the registry opens.
 *
 * @throws BulkheadError `LIMIT_UNAVAILABLE`
 */
export function containerRequest(
  { spec, runtime, command, mounts, labels }: ContainerWants,
  facts: EngineFacts,
): ContainerRequest {
  const { resources, permissions = CLOSED } = spec.launch;
  return {
    Image: runtime.imageId,
    Env: Object.entries(command.env).map(([name, value]) => `${name}=${value}`),
    User: runtime.user,
    ...(command.program === undefined ? {} : asStarted(command.program)),
    Labels: labels,
    HostConfig: {
      // The kernel lets nobody inside end the first process of a container, not even its lifeline: so that is never the plugin.
      Init: true,
      NetworkMode: permissions.network === true ? openNetwork(facts) : 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Tmpfs: { '/tmp': resources.disk === undefined ? SCRATCH : `${SCRATCH},size=${resources.disk}` },
      LogConfig: { Type: 'none' }, // the host reads all that it writes
      Mounts: asMounts([
        ...command.mounts,
        ...mounts,
        ...permissions.read.map((path) => ({ source: path, target: path })),
        ...permissions.write.map((path) => ({ source: path, target: path, isWritable: true })),
      ]),
      ...limits(spec.id, resources, facts),
    },
  };
}

function asStarted({ file, args, folder }: ProgramInside): Partial<ContainerRequest> {
  return { Entrypoint: [file], Cmd: args, WorkingDir: folder };
}

/** Podman without root can join a bridge only where much else is in place; this is what it takes by itself. */
function openNetwork({ Rootless = false }: EngineFacts): string {
  return Rootless ? 'private' : 'bridge';
}

/** An engine only warns of a limit that it can't enforce. */
function limits(
  plugin: string,
  { memory, cpu, pids }: PluginSpec['launch']['resources'],
  { MemoryLimit, CpuCfsQuota, PidsLimit, NCPU }: EngineFacts,
): Readonly<Record<string, number>> {
  const wanted = [
    { limit: 'memory', value: memory, isThere: MemoryLimit },
    { limit: 'cpu', value: cpu, isThere: CpuCfsQuota },
    { limit: 'pids', value: pids, isThere: PidsLimit },
  ];
  const missing = wanted.find(({ value, isThere }) => value !== undefined && !isThere);
  if (missing !== undefined) {
    const reason = `its container engine has no control over it (\`docker info\` says so)`;
    throw new BulkheadError('LIMIT_UNAVAILABLE', { plugin, limit: missing.limit, reason });
  }
  return {
    // With as much swap as memory, that is none.
    ...(memory === undefined ? {} : { Memory: memory, MemorySwap: memory }),
    // More than the machine has is no limit, but an engine refuses it.
    ...(cpu === undefined ? {} : { NanoCpus: Math.round(Math.min(cpu, NCPU) * NANOSECONDS) }),
    ...(PidsLimit ? { PidsLimit: pids ?? MOST_PROCESSES } : {}),
  };
}
