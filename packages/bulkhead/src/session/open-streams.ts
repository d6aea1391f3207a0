import { type HostMessage, Kind } from '@bulkhead/protocol';
import { PluginStream } from './plugin-stream.ts';
import type { CallReceiver } from './call-receiver.ts';

/** The streams of one session that have not ended, by the id of their call. */
export class OpenStreams {
  readonly #send: (message: HostMessage) => void;
  readonly #open = new Map<number, PluginStream>();

  constructor(send: (message: HostMessage) => void) {
    this.#send = send;
  }

  has(id: number): boolean {
    return this.#open.has(id);
  }

  includes(stream: object): boolean {
    return stream instanceof PluginStream && [...this.#open.values()].includes(stream);
  }

  /** A call that is over begins nothing. `cancel` is what stopping means for a receiver that has no idea of its own. */
  begin(id: number, receiver: CallReceiver | undefined, cancel: () => void): void {
    if (receiver === undefined) return;
    const stream = new PluginStream({
      grant: (count) => this.#grant(id, count),
      stop: () => (receiver.stop === undefined ? cancel() : receiver.stop()),
    });
    this.#open.set(id, stream);
    receiver.stream?.(stream);
  }

  /** @returns what is wrong with it, if anything. */
  chunk(id: number, value: unknown): string | undefined {
    const stream = this.#open.get(id);
    if (stream === undefined) return 'it sent a CHUNK for a call that is no stream';
    return stream.push(value) ? undefined : 'it sent a CHUNK without credit';
  }

  end(id: number): void {
    this.#open.delete(id);
  }

  #grant(id: number, count: number): void {
    if (this.#open.has(id)) this.#send([Kind.Credit, id, count]);
  }
}
