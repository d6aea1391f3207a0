import type { Duplex } from 'node:stream';

/** What carries one channel: a socket, or a part of a stream that both channels share. */
export interface ByteStream extends Duplex {
  /** Of a socket that is not connected yet. */
  readonly connecting?: boolean;
  /** Destroys it as soon as all is written. */
  destroySoon(): void;
}
