import { commandFor } from '../../languages/command-for.ts';
import { type Confinement, type InstanceCommand, NO_ENDPOINT } from '../../languages/instance-command.ts';
import { hideSecrets } from '../../lifecycle/hide-secrets.ts';
import { loadContract } from '../grpc/load-contract.ts';
import { loadGrpc } from '../grpc/load-grpc.ts';
import type { LaunchRequest } from '../launcher.ts';
import { channelsOf, ownSocketsWiring } from '../process/descriptors.ts';
import type { ProcessStages } from '../process/process-stages.ts';
import { SpawningLauncher } from '../process/spawning-launcher.ts';
import type { GrpcAddress, LoadedContract, RunningInstance, ServedEndpoint } from '../running-instance.ts';
import { SocketPlace } from '../socket-place.ts';
import { type OwnCertificate, ownCertificate } from './certificate.ts';
import { FirstLine } from './first-line.ts';
import { GoPluginInstance } from './go-plugin-instance.ts';
import { isHandshake, readHandshake } from './handshake.ts';
import { hclogRecord } from './hclog-record.ts';

/** As long as the names that go-plugin gives its sockets. */
const SOCKET = 'plugin0123456789';
/** Where it may listen on TCP; it does so where it has no Unix sockets. */
const PORTS = { PLUGIN_MIN_PORT: '10000', PLUGIN_MAX_PORT: '25000' };

/** Starts servers of go-plugin as go-plugin's own client does. */
export class GoPluginLauncher extends SpawningLauncher {
  constructor(stages: ProcessStages) {
    super(stages, 'a command of its own starts it');
  }

  /** @throws BulkheadError `TRANSPORT_PACKAGE_MISSING`, `PROTO_INVALID`, and as any launcher */
  protected async start(request: LaunchRequest): Promise<RunningInstance> {
    const { spec, signal } = request;
    const [grpc, contract, own] = [await loadGrpc(spec), await loadContract(spec), await ownCertificate()];
    const place = await SocketPlace.make(spec.id, [SOCKET]);
    try {
      signal.throwIfAborted();
      return await this.#spawn(request, { grpc, contract, own, place });
    } catch (error) {
      place.remove();
      throw error;
    }
  }

  async #spawn(request: LaunchRequest, { grpc, contract, own, place }: Means): Promise<RunningInstance> {
    const { environment, spec, generation } = request;
    const { processes, languages } = this.stages;
    const wiring = ownSocketsWiring(NO_ENDPOINT, false);
    const command = async (confinement: Confinement): Promise<InstanceCommand> => {
      const started = await commandFor({ environment, spec, confinement }, channelsOf(wiring), languages);
      const told = {
        ...PORTS,
        PLUGIN_PROTOCOL_VERSIONS: spec.launch.protocolVersions.join(','),
        PLUGIN_UNIX_SOCKET_DIR: place.folder,
        PLUGIN_CLIENT_CERT: own.certificate,
      };
      return { ...started, env: { ...started.env, ...told } };
    };
    const line = new FirstLine();
    const spawned = await processes.spawn({
      command,
      spec,
      generation,
      role: 'instance',
      wiring,
      sockets: place.folder,
      first: async (stdout) => await line.take(stdout, isHandshake),
      record: hclogRecord,
    });
    const { sockets: _, ...parts } = spawned;
    void parts.ended.then(() => place.remove());
    const endpoint: ServedEndpoint = {
      kind: 'grpc-service',
      grpc,
      contract,
      generation,
      address: addressOf(line, request, own),
      connected: () => place.remove(),
      gone: parts.ended,
      output: (stream, readable) => parts.output.follow(stream, readable),
      dismiss: () => instance.terminate(),
    };
    const instance = new GoPluginInstance(spec.id, endpoint, parts, line.text);
    return instance;
  }
}

interface Means {
  readonly grpc: object;
  readonly contract: LoadedContract;
  readonly own: OwnCertificate;
  readonly place: SocketPlace;
}

/** Never settles where none is told: then the process is gone, or will be when its time to start is over. */
async function tellAddress(line: FirstLine, { spec }: LaunchRequest, own: OwnCertificate): Promise<GrpcAddress> {
  const text = await line.text;
  if (text === undefined) return await new Promise(() => {});
  const { target, certificate } = readHandshake(hideSecrets(spec.secrets)(text), spec.id, spec.launch.protocolVersions);
  return { target, tls: certificate === undefined ? undefined : { ...own, server: certificate } };
}

function addressOf(line: FirstLine, request: LaunchRequest, own: OwnCertificate): Promise<GrpcAddress> {
  const address = tellAddress(line, request, own);
  address.catch(() => undefined); // whoever waits for it hears of that
  return address;
}
