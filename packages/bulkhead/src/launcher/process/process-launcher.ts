import type { Socket } from 'node:net';
import { commandFor, type LanguageOptions } from '../../languages/command-for.ts';
import type { Confinement, InstanceCommand } from '../../languages/instance-command.ts';
import type { Launcher, LaunchRequest, LauncherStatus, StartMode } from '../launcher.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { Endpoint, RunningInstance } from '../running-instance.ts';
import {
  channelsOf,
  SOCKETS,
  STANDARD_STREAMS,
  STANDARD_STREAMS_ONLY,
  type Wiring,
  withChannel,
} from './descriptors.ts';
import { ProcessInstance } from './process-instance.ts';
import type { PluginProcesses } from './spawn-process.ts';

/** What starts processes, for all plugins of a host. */
export interface ProcessStages {
  readonly processes: PluginProcesses;
  readonly languages: LanguageOptions;
}

const SPAWNED: StartMode = { mode: 'spawn', reason: 'the registry asks for it' };

/** Starts each instance as a process of its own. */
export class ProcessLauncher implements Launcher {
  readonly #stages: ProcessStages;
  #lastStart: StartMode | undefined;

  constructor(stages: ProcessStages) {
    this.#stages = stages;
  }

  get status(): LauncherStatus {
    return { lastStart: this.#lastStart, spares: 0 };
  }

  async launch(request: LaunchRequest): Promise<RunningInstance> {
    const instance = await spawnInstance(request, this.#stages);
    this.#lastStart = SPAWNED;
    const { generation } = request;
    this.#stages.processes.note(instance.identity, { role: 'instance', generation, start: SPAWNED });
    return instance;
  }

  /** Does nothing: this launcher runs nothing besides instances. */
  async close(): Promise<void> {}
}

/** Spawns an instance with what its transport needs. @throws BulkheadError `PLUGIN_LAUNCH_FAILED` */
export async function spawnInstance(
  { environment, spec, generation, signal }: LaunchRequest,
  { processes, languages }: ProcessStages,
): Promise<RunningInstance> {
  signal.throwIfAborted();
  const wiring = withChannel(wiringFor(spec), spec);
  const command = (confinement: Confinement): Promise<InstanceCommand> =>
    commandFor({ environment, spec, confinement }, channelsOf(wiring), languages);
  const { sockets, ...parts } = await processes.spawn({ command, spec, generation, role: 'instance', wiring });
  return new ProcessInstance(endpointOf(wiring, sockets), parts);
}

function wiringFor({ launch: { transport, command } }: PluginSpec): Wiring {
  if (transport === 'socket') return SOCKETS;
  return command === undefined ? STANDARD_STREAMS : STANDARD_STREAMS_ONLY;
}

function endpointOf({ endpoint }: Wiring, [input, output, , data, control]: readonly Socket[]): Endpoint {
  const hasSockets = endpoint === SOCKETS.endpoint;
  if (hasSockets && data !== undefined && control !== undefined) return { kind: 'socket-pair', data, control };
  if (!hasSockets && input !== undefined && output !== undefined)
    return { kind: 'one-stream', readable: output, writable: input };
  throw new Error('the child was not given what it talks over');
}
