import type { Dealer } from 'zeromq';
import { isBulkheadError } from '../../errors/bulkhead-error.ts';
import { launchFailed } from '../process/launch-failed.ts';
import type { ZeromqSockets } from '../running-instance.ts';
import { SocketPlace } from '../socket-place.ts';
import type { Zeromq } from './load-zeromq.ts';

/** Messages that ZeroMQ reads ahead of the host: of answers, which may be large, and of log lines. */
const DATA_AHEAD = 64;
const CONTROL_AHEAD = 1_000;
/** How often ZeroMQ asks over a network whether the peer is still there, and how long it waits for that. */
const HEARTBEAT_MILLISECONDS = 2_000;
const SILENCE_MILLISECONDS = 6_000;

/** In the order in which an endpoint names them. */
const NAMES = ['data-to-plugin', 'data-to-host', 'control-to-plugin', 'control-to-host'] as const;

export interface Binding {
  readonly plugin: string;
  /** Of TCP, such as `tcp://127.0.0.1:*`; undefined: in a folder that only this user may enter. */
  readonly address: string | undefined;
  /** Whether what goes over TCP is encrypted, with a key that only the instance is told. */
  readonly isEncrypted: boolean;
  /** Bytes of the largest part of a message that is taken. */
  readonly largest: number;
}

/** This host's sockets for one instance, bound and not yet connected. */
export interface HostSockets {
  readonly data: ZeromqSockets;
  readonly control: ZeromqSockets;
  /** Where they lie; undefined: they are sockets of TCP. */
  readonly folder: string | undefined;
  /** What the instance is told; see the protocol, "ZeroMQ". */
  readonly endpoint: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Lets nobody connect any more, where the system allows it. */
  readonly connected: () => void;
  close(): void;
}

/** Binds the sockets of one instance. @throws BulkheadError `PLUGIN_LAUNCH_FAILED` */
export async function bindSockets(
  zeromq: Zeromq,
  { plugin, address, isEncrypted, largest }: Binding,
): Promise<HostSockets> {
  const isRemote = address !== undefined;
  const keys = isRemote && isEncrypted ? zeromq.curveKeyPair() : undefined;
  const sockets = NAMES.map(
    (name) =>
      new zeromq.Dealer({
        linger: 0,
        maxMessageSize: largest,
        receiveHighWaterMark: name.startsWith('data') ? DATA_AHEAD : CONTROL_AHEAD,
        ...(isRemote ? { heartbeatInterval: HEARTBEAT_MILLISECONDS, heartbeatTimeout: SILENCE_MILLISECONDS } : {}),
        ...(keys === undefined ? {} : { curveServer: true, curveSecretKey: keys.secretKey }),
      }),
  ) as [Dealer, Dealer, Dealer, Dealer];
  let place: SocketPlace | undefined;
  const connected = (): void => place?.remove();
  const close = (): void => {
    for (const socket of sockets) socket.close();
    connected();
  };
  try {
    if (address === undefined) place = await bindInFolder(sockets, plugin);
    else await Promise.all(sockets.map(async (socket) => await socket.bind(address)));
  } catch (error) {
    close();
    if (isBulkheadError(error)) throw error;
    const cure = isRemote ? 'Change `address` of the plugin in the registry.' : undefined;
    throw launchFailed(plugin, error, cure);
  }
  const [dataToPlugin, dataToHost, controlToPlugin, controlToHost] = sockets;
  return {
    data: { toPlugin: dataToPlugin, toHost: dataToHost },
    control: { toPlugin: controlToPlugin, toHost: controlToHost },
    endpoint: `zeromq:${place === undefined ? boundTo(sockets) : `ipc://${place.folder}`}`,
    folder: place?.folder,
    variables: keys === undefined ? {} : { BULKHEAD_CURVE_KEY: keys.publicKey },
    connected,
    close,
  };
}

async function bindInFolder(sockets: readonly Dealer[], plugin: string): Promise<SocketPlace> {
  const place = await SocketPlace.make(plugin, NAMES);
  try {
    await Promise.all(
      sockets.map(async (socket, index) => await socket.bind(`ipc://${place.path(NAMES[index] ?? '')}`)),
    );
    return place;
  } catch (error) {
    place.remove();
    throw error;
  }
}

/** `tcp://10.0.0.5:40001,40002,40003,40004`, also where the system has chosen the ports. */
function boundTo(sockets: readonly Dealer[]): string {
  const ends = sockets.map(({ lastEndpoint }) => lastEndpoint ?? '');
  const [first = '', ...others] = ends;
  return [first, ...others.map((end) => end.slice(end.lastIndexOf(':') + 1))].join(',');
}
