import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { commandFor } from '../../languages/command-for.ts';
import { type Confinement, type InstanceCommand, NO_ENDPOINT } from '../../languages/instance-command.ts';
import type { LaunchRequest } from '../launcher.ts';
import { channelsOf, ownSocketsWiring } from '../process/descriptors.ts';
import { ProcessInstance } from '../process/process-instance.ts';
import type { ProcessStages } from '../process/process-stages.ts';
import { SpawningLauncher } from '../process/spawning-launcher.ts';
import type { RunningInstance, ServiceEndpoint } from '../running-instance.ts';
import { SocketPlace } from '../socket-place.ts';
import { isTaken } from './is-taken.ts';
import { loadZeromq } from './load-zeromq.ts';
import { RemoteService } from './remote-service.ts';
import { serviceSockets } from './service-sockets.ts';

const SOCKET = 'plugin';
/** Milliseconds that nobody may listen at the address of a service that is said to run already. */
const PATIENCE_MILLISECONDS = 1_000;

/** Starts services that know nothing of the SDK, or connects to one that runs already. */
export class ServiceLauncher extends SpawningLauncher {
  constructor(stages: ProcessStages) {
    super(stages, 'it is a service without the SDK');
  }

  /** @throws BulkheadError `TRANSPORT_PACKAGE_MISSING`, `SERVICE_ADDRESS_TAKEN`, and as any launcher */
  protected async start(request: LaunchRequest): Promise<RunningInstance> {
    const { spec, generation, signal } = request;
    const { address, codec, curve } = spec.launch;
    const keys = curve === undefined || curve === 'off' ? undefined : curve;
    const open = serviceSockets(await loadZeromq(spec.id), {
      largest: spec.calls.limits.frame,
      serverKey: keys?.server_key,
      clientSecretKey: keys?.client_secret_key,
    });
    signal.throwIfAborted();
    if (address !== undefined)
      return new RemoteService(generation, { kind: 'service', address, codec, open, patience: PATIENCE_MILLISECONDS });
    return await this.#start(request, open);
  }

  async #start(
    { spec, environment, generation }: LaunchRequest,
    open: ServiceEndpoint['open'],
  ): Promise<RunningInstance> {
    const { processes, languages } = this.stages;
    const { binds, codec } = spec.launch;
    if (binds !== undefined && (await isTaken(binds)))
      throw new BulkheadError('SERVICE_ADDRESS_TAKEN', { plugin: spec.id, address: binds });
    const place = binds === undefined ? await SocketPlace.make(spec.id, [SOCKET]) : undefined;
    const address = binds ?? `ipc://${place?.path(SOCKET)}`;
    const wiring = ownSocketsWiring(NO_ENDPOINT, spec.launch.command === undefined);
    const command = async (confinement: Confinement): Promise<InstanceCommand> => {
      const started = await commandFor({ environment, spec, confinement }, channelsOf(wiring), languages);
      return { ...started, env: { ...started.env, BULKHEAD_ADDRESS: address } };
    };
    try {
      const sockets = place?.folder;
      const spawned = await processes.spawn({ command, spec, generation, role: 'instance', wiring, sockets });
      const { sockets: _, ...parts } = spawned;
      void parts.ended.then(() => place?.remove());
      const endpoint: ServiceEndpoint = {
        kind: 'service',
        address,
        codec,
        open,
        patience: Number.POSITIVE_INFINITY,
        gone: parts.ended,
        dismiss: () => instance.terminate(),
        closed: () => undefined,
      };
      const instance = new ProcessInstance(endpoint, parts);
      return instance;
    } catch (error) {
      place?.remove();
      throw error;
    }
  }
}
