import { commandFor } from '../../languages/command-for.ts';
import { type Confinement, type InstanceCommand, NO_ENDPOINT } from '../../languages/instance-command.ts';
import type { LaunchRequest } from '../launcher.ts';
import { channelsOf, ownSocketsWiring } from '../process/descriptors.ts';
import { PackageInstance } from '../process/missing-package.ts';
import { ProcessInstance } from '../process/process-instance.ts';
import type { ProcessStages } from '../process/process-stages.ts';
import { SpawningLauncher } from '../process/spawning-launcher.ts';
import type { RunningInstance } from '../running-instance.ts';
import { loadContract } from './load-contract.ts';
import { loadGrpc } from './load-grpc.ts';
import { SocketPlace } from '../socket-place.ts';

const SOCKET = 'plugin';

/** Starts each instance as a process of its own, which serves this host on a socket of gRPC. */
export class GrpcLauncher extends SpawningLauncher {
  constructor(stages: ProcessStages) {
    super(stages, 'gRPC does not survive a fork');
  }

  /** @throws BulkheadError `TRANSPORT_PACKAGE_MISSING`, and as any launcher */
  protected async start(request: LaunchRequest): Promise<RunningInstance> {
    const { spec, signal } = request;
    const grpc = await loadGrpc(spec);
    const place = await SocketPlace.make(spec.id, [SOCKET]);
    try {
      signal.throwIfAborted();
      return await this.#spawn(request, grpc, place);
    } catch (error) {
      place.remove();
      throw error;
    }
  }

  async #spawn(
    { environment, spec, generation }: LaunchRequest,
    grpc: object,
    place: SocketPlace,
  ): Promise<RunningInstance> {
    const { processes, languages } = this.stages;
    const path = place.path(SOCKET);
    const { command: own, pattern } = spec.launch;
    // of the SDK there is none: it speaks frames
    const contract = own === undefined || pattern === 'session' ? undefined : await loadContract(spec);
    const endpoint = contract === undefined ? `grpc:${path}` : NO_ENDPOINT;
    const wiring = ownSocketsWiring(endpoint, own === undefined);
    const command = async (confinement: Confinement): Promise<InstanceCommand> => {
      const started = await commandFor({ environment, spec, confinement }, channelsOf(wiring), languages);
      if (contract === undefined) return started;
      return { ...started, env: { ...started.env, BULKHEAD_ADDRESS: `unix:${path}` } };
    };
    const sockets = place.folder;
    const spawned = await processes.spawn({ command, spec, generation, role: 'instance', wiring, sockets });
    const { sockets: _, ...parts } = spawned;
    void parts.ended.then(() => place.remove());
    const socket = { grpc, connected: () => place.remove(), gone: parts.ended };
    if (contract === undefined) {
      const needed = { plugin: spec.id, transport: 'grpc', package: 'grpcio' };
      return new PackageInstance(needed, { kind: 'grpc', path, ...socket }, parts);
    }
    const dismiss = (): void => instance.terminate();
    const address = Promise.resolve({ target: `unix:${path}` });
    const served = { ...socket, address, contract, generation, dismiss };
    const instance = new ProcessInstance({ kind: 'grpc-service', ...served }, parts);
    return instance;
  }
}
