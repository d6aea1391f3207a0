import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Outward } from './outward.ts';
import { Refusal } from './refusal.ts';
import { tunnel } from './tunnel.ts';

/** RFC 1928. */
export const SOCKS_VERSION = 5;
const NO_AUTHENTICATION = 0;
const NO_METHOD = 0xff;
const CONNECT = 1;
const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;
const GRANTED = 0;
const NOT_ALLOWED = 2;
const UNREACHABLE = 4;
const NO_SUCH_COMMAND = 7;

/** Serves a connection that asks by SOCKS 5. @throws Error when it ends, or breaks off, in the middle of that; or the signal's reason */
export async function serveSocks(client: Socket, outward: Outward, signal: AbortSignal): Promise<void> {
  const asked = new Incoming(client, signal);
  const [, methods = 0] = await asked.take(2);
  const offered = await asked.take(methods);
  client.write(Buffer.from([SOCKS_VERSION, offered.includes(NO_AUTHENTICATION) ? NO_AUTHENTICATION : NO_METHOD]));
  const [, command, , kind] = await asked.take(4);
  const host = await addressOf(asked, kind);
  const port = (await asked.take(2)).readUInt16BE();
  if (command !== CONNECT || host === undefined) return void client.end(answer(NO_SUCH_COMMAND));
  try {
    const other = await outward.connect(host, port, signal);
    client.write(answer(GRANTED));
    other.write(asked.rest);
    tunnel(client, other);
  } catch (error) {
    const isDenied = error instanceof Refusal && error.kind === 'denied';
    client.end(answer(isDenied ? NOT_ALLOWED : UNREACHABLE));
  }
}

async function addressOf(asked: Incoming, kind: number | undefined): Promise<string | undefined> {
  switch (kind) {
    case IPV4:
      return (await asked.take(4)).join('.');
    case IPV6:
      return (await asked.take(16)).toString('hex').replaceAll(/(.{4})(?!$)/g, '$1:');
    case NAME: {
      const [length = 0] = await asked.take(1);
      return (await asked.take(length)).toString('latin1');
    }
    default:
      return undefined;
  }
}

/** Without the address that the other connection has here, which concerns nobody. */
function answer(code: number): Buffer {
  return Buffer.from([SOCKS_VERSION, code, 0, IPV4, 0, 0, 0, 0, 0, 0]);
}

/** What arrives, in pieces of a known length. */
class Incoming {
  readonly #client: Socket;
  readonly #signal: AbortSignal;
  // Not left in the stream, which would say at once, again and again, that something is there, although it is too little.
  #arrived: Buffer = Buffer.alloc(0);

  constructor(client: Socket, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  async take(count: number): Promise<Buffer> {
    while (this.#arrived.length < count) {
      const chunk = this.#client.read() as Buffer | null;
      if (chunk !== null) this.#arrived = Buffer.concat([this.#arrived, chunk]);
      else await this.#more();
    }
    const taken = this.#arrived.subarray(0, count);
    this.#arrived = this.#arrived.subarray(count);
    return taken;
  }

  /** What came behind the request is for the host that was asked for. */
  get rest(): Buffer {
    return this.#arrived;
  }

  async #more(): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#client.readableEnded || this.#client.destroyed) throw new Error('it ended in the middle of a request');
    const over = new AbortController();
    const signal = AbortSignal.any([this.#signal, over.signal]);
    try {
      await Promise.race(['readable', 'end', 'close'].map((event) => once(this.#client, event, { signal })));
    } finally {
      over.abort();
    }
  }
}
