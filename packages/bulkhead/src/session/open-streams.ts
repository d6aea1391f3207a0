import { Kind } from '@bulkhead/protocol';
import { PluginStream } from './plugin-stream.ts';
import type { Conversation, MessageHandlers, SessionPart } from './session-part.ts';

/** The streams of one session that have not ended, by the id of their call. */
export class OpenStreams implements SessionPart {
  readonly handles: MessageHandlers = {
    [Kind.Stream]: ([, call]) => this.#begin(call),
    [Kind.Chunk]: ([, call, value]) => this.#chunk(call, value),
  };
  readonly #conversation: Conversation;
  readonly #open = new Map<number, PluginStream>();

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  has(call: number): boolean {
    return this.#open.has(call);
  }

  includes(stream: object): boolean {
    return stream instanceof PluginStream && [...this.#open.values()].includes(stream);
  }

  over(call: number): void {
    this.#open.delete(call);
  }

  /** A call that is over begins no stream. */
  #begin(call: number): string | undefined {
    const receiver = this.#conversation.calls.get(call);
    if (receiver === undefined) return undefined;
    if (this.#open.has(call)) return 'it sent a second STREAM for a call';
    const stream = new PluginStream({
      grant: (count) => {
        if (this.#open.has(call)) this.#conversation.send([Kind.Credit, call, count]);
      },
      // a receiver that has no way of its own to stop cancels its call
      stop: () => (receiver.stop === undefined ? this.#conversation.cancel(call) : receiver.stop()),
    });
    this.#open.set(call, stream);
    receiver.stream?.(stream);
    return undefined;
  }

  #chunk(call: number, value: unknown): string | undefined {
    const receiver = this.#conversation.calls.get(call);
    if (receiver === undefined) return undefined;
    receiver.touch?.();
    const stream = this.#open.get(call);
    if (stream === undefined) return 'it sent a CHUNK for a call that is no stream';
    return stream.push(value) ? undefined : 'it sent a CHUNK without credit';
  }
}
