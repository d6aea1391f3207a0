import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dealer } from 'zeromq';
import { launchFailed } from '../process/launch-failed.ts';
import type { ZeromqSockets } from '../running-instance.ts';
import type { Zeromq } from './load-zeromq.ts';

/** Messages that ZeroMQ reads ahead of the host: of answers, which may be large, and of log lines. */
const DATA_AHEAD = 64;
const CONTROL_AHEAD = 1_000;
/** How often ZeroMQ asks over a network whether the peer is still there, and how long it waits for that. */
const HEARTBEAT_MILLISECONDS = 2_000;
const SILENCE_MILLISECONDS = 6_000;
/** Of `sun_path` (unix(7)), without the byte that ends it. */
const LONGEST_PATH_BYTES = 107;

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
  let folder: string | undefined;
  const connected = (): void => {
    if (folder !== undefined) void rm(folder, { recursive: true, force: true }).catch(() => undefined);
    folder = undefined;
  };
  const close = (): void => {
    for (const socket of sockets) socket.close();
    connected();
  };
  try {
    if (address === undefined) folder = await bindInFolder(sockets);
    else await Promise.all(sockets.map(async (socket) => await socket.bind(address)));
  } catch (error) {
    close();
    const cure = isRemote ? 'Change `address` of the plugin in the registry.' : undefined;
    throw launchFailed(plugin, error, cure);
  }
  const [dataToPlugin, dataToHost, controlToPlugin, controlToHost] = sockets;
  return {
    data: { toPlugin: dataToPlugin, toHost: dataToHost },
    control: { toPlugin: controlToPlugin, toHost: controlToHost },
    endpoint: `zeromq:${folder === undefined ? boundTo(sockets) : `ipc://${folder}`}`,
    variables: keys === undefined ? {} : { BULKHEAD_CURVE_KEY: keys.publicKey },
    connected,
    close,
  };
}

/** @returns the folder, which only this user may enter */
async function bindInFolder(sockets: readonly Dealer[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-'));
  const paths = NAMES.map((name) => join(folder, name));
  const longest = Math.max(...paths.map((path) => Buffer.byteLength(path)));
  try {
    if (longest > LONGEST_PATH_BYTES)
      throw new Error(
        `the path of its sockets would have ${longest} bytes, and the system allows ${LONGEST_PATH_BYTES}`,
      );
    await Promise.all(sockets.map(async (socket, index) => await socket.bind(`ipc://${paths[index]}`)));
    return folder;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** `tcp://10.0.0.5:40001,40002,40003,40004`, also where the system has chosen the ports. */
function boundTo(sockets: readonly Dealer[]): string {
  const ends = sockets.map(({ lastEndpoint }) => lastEndpoint ?? '');
  const [first = '', ...others] = ends;
  return [first, ...others.map((end) => end.slice(end.lastIndexOf(':') + 1))].join(',');
}
