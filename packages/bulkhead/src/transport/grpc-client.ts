import { Buffer } from 'node:buffer';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type * as grpcJs from '@grpc/grpc-js';
import type { ChannelCredentials, Client } from '@grpc/grpc-js';
import type { GrpcAddress, GrpcSocket } from '../launcher/running-instance.ts';
import { wait } from '../lifecycle/wait.ts';

export type Grpc = typeof grpcJs;

const FIRST_PAUSE_MILLISECONDS = 2;
const LONGEST_PAUSE_MILLISECONDS = 50;
/** What may be on its way before the reader takes it. The default of HTTP/2, 64 KiB, makes large bodies wait for the other side. */
const WINDOW_BYTES = 1_048_576;
const FOR_EVER_MILLISECONDS = 2_147_483_647;

const OPTIONS = {
  'grpc.max_send_message_length': -1,
  'grpc-node.flow_control_window': WINDOW_BYTES,
  'grpc.client_idle_timeout_ms': FOR_EVER_MILLISECONDS,
  // a call that is sent a second time would run a second time
  'grpc.enable_retries': 0,
  'grpc.enable_channelz': 0,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.service_config_disable_resolution': 1,
  'grpc.enable_http_proxy': 0,
  // of certificates of this machine, whatever the address
  'grpc.ssl_target_name_override': 'localhost',
} as const;

/**
 * A client of what listens at `target`, such as `unix:/run/plugin`. It keeps the program from ending no more than other sockets do.
 *
 * @param largest bytes of a message that is taken; -1: any, for the 4 MB of gRPC are not the limits of the registry
 */
export function grpcClient(grpc: Grpc, target: string, credentials: ChannelCredentials, largest = -1): Client {
  return new grpc.Client(target, unreferenced(credentials), {
    ...OPTIONS,
    'grpc.max_receive_message_length': largest,
  });
}

/** Over TLS the server has to have the very certificate that it has announced. */
export function credentialsFor(grpc: Grpc, { tls }: GrpcAddress): ChannelCredentials {
  if (tls === undefined) return grpc.credentials.createInsecure();
  const announced = new X509Certificate(tls.server);
  return grpc.credentials.createSsl(
    Buffer.from(announced.toString()),
    Buffer.from(tls.key),
    Buffer.from(tls.certificate),
    {
      checkServerIdentity: (_host, { raw }) =>
        raw.equals(announced.raw) ? undefined : new Error('its certificate is not the one that it has announced'),
    },
  );
}

export function grpcOf({ grpc }: GrpcSocket): Grpc {
  return grpc as Grpc;
}

/** Resolves when something listens at `path`. @throws the signal's reason */
export async function listens(path: string, signal: AbortSignal): Promise<void> {
  let pause = FIRST_PAUSE_MILLISECONDS;
  while (!(await accepts(path))) {
    await wait(pause, signal);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MILLISECONDS);
  }
  signal.throwIfAborted();
}

async function accepts(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Work in flight keeps the host from ending by itself. gRPC would do so for each open call, and streams are always open. */
function unreferenced(credentials: ChannelCredentials): ChannelCredentials {
  const create = credentials._createSecureConnector.bind(credentials);
  credentials._createSecureConnector = (...args) => {
    const connector = create(...args);
    const connectOver = connector.connect.bind(connector);
    connector.connect = async (socket) => {
      const connected = await connectOver(socket);
      letGo(connected.socket);
      return connected;
    };
    return connector;
  };
  return credentials;
}

function letGo(socket: Socket): void {
  socket.unref();
  socket.ref = () => socket;
}
