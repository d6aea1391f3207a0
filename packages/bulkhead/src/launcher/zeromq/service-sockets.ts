import type { Dealer } from 'zeromq';
import { curvePublic } from './curve-public.ts';
import type { Zeromq } from './load-zeromq.ts';

/** How long ZeroMQ waits for the other side's handshake. */
const HANDSHAKE_MILLISECONDS = 5_000;
/** How often ZeroMQ asks whether the service's machine is still there, and how long it waits for that. */
const HEARTBEAT_MILLISECONDS = 2_000;
const SILENCE_MILLISECONDS = 6_000;

export interface ServiceSocketOptions {
  /** Bytes of the largest answer that is taken. */
  readonly largest: number;
  /** The service's public key; undefined: it talks in the clear. */
  readonly serverKey: string | undefined;
  /** By which the service knows this host; undefined: the host makes one that nobody knows. */
  readonly clientSecretKey: string | undefined;
}

/** Makes sockets for connections to a service. None connects again by itself: what was asked would be lost without a word. */
export function serviceSockets(
  zeromq: Zeromq,
  { largest, serverKey, clientSecretKey }: ServiceSocketOptions,
): () => Dealer {
  const keys = serverKey === undefined ? undefined : keysOf(zeromq, clientSecretKey);
  const curve =
    keys === undefined
      ? {}
      : { curveServerKey: serverKey ?? null, curvePublicKey: keys.publicKey, curveSecretKey: keys.secretKey };
  return () =>
    new zeromq.Dealer({
      linger: 0,
      immediate: true,
      reconnectInterval: -1,
      handshakeInterval: HANDSHAKE_MILLISECONDS,
      heartbeatInterval: HEARTBEAT_MILLISECONDS,
      heartbeatTimeout: SILENCE_MILLISECONDS,
      maxMessageSize: largest,
      ...curve,
    });
}

function keysOf(zeromq: Zeromq, secretKey: string | undefined): { publicKey: string; secretKey: string } {
  return secretKey === undefined ? zeromq.curveKeyPair() : { publicKey: curvePublic(secretKey), secretKey };
}
