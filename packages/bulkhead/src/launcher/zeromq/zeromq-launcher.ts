import { commandFor } from '../../languages/command-for.ts';
import type { Confinement, InstanceCommand } from '../../languages/instance-command.ts';
import type { LaunchRequest } from '../launcher.ts';
import { channelsOf, ownSocketsWiring } from '../process/descriptors.ts';
import { PackageInstance } from '../process/missing-package.ts';
import type { ProcessStages } from '../process/process-stages.ts';
import { SpawningLauncher } from '../process/spawning-launcher.ts';
import type { RunningInstance, ZeromqEndpoint } from '../running-instance.ts';
import { bindSockets, type HostSockets } from './host-sockets.ts';
import { loadZeromq } from './load-zeromq.ts';

/** Starts each instance as a process of its own, which connects to this host's sockets of ZeroMQ. */
export class ZeromqLauncher extends SpawningLauncher {
  constructor(stages: ProcessStages) {
    super(stages, 'sockets of ZeroMQ do not survive a fork');
  }

  /** @throws BulkheadError `TRANSPORT_PACKAGE_MISSING`, and as any launcher */
  protected async start(request: LaunchRequest): Promise<RunningInstance> {
    const { spec, signal } = request;
    const { limits } = spec.calls;
    const host = await bindSockets(await loadZeromq(spec.id), {
      plugin: spec.id,
      address: spec.launch.address,
      isEncrypted: spec.launch.curve !== 'off',
      largest: Math.max(limits.frame, limits.body),
    });
    try {
      signal.throwIfAborted();
      return await this.#spawn(request, host);
    } catch (error) {
      host.close();
      throw error;
    }
  }

  async #spawn({ environment, spec, generation }: LaunchRequest, host: HostSockets): Promise<RunningInstance> {
    const { processes, languages } = this.stages;
    const wiring = ownSocketsWiring(host.endpoint, spec.launch.command === undefined);
    const command = async (confinement: Confinement): Promise<InstanceCommand> => {
      const started = await commandFor({ environment, spec, confinement }, channelsOf(wiring), languages);
      return { ...started, env: { ...started.env, ...host.variables } };
    };
    const spawned = await processes.spawn({
      command,
      spec,
      generation,
      role: 'instance',
      wiring,
      sockets: host.folder,
    });
    const { sockets: _, ...parts } = spawned;
    void parts.ended.then(host.connected);
    const { data, control, connected } = host;
    const endpoint: ZeromqEndpoint = { kind: 'zeromq', data, control, connected, gone: parts.ended };
    return new PackageInstance({ plugin: spec.id, transport: 'zeromq', package: 'pyzmq' }, endpoint, parts);
  }
}
