import { formatPath, Kind } from '@bulkhead/protocol';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { CallReceiver } from './call-receiver.ts';
import { inputError } from './input-error.ts';
import { InputFeed } from './input-feed.ts';
import type { InputSource } from './input-source.ts';
import type { OpenStreams } from './open-streams.ts';
import type { Conversation, MessageHandlers, SessionPart } from './session-part.ts';

/** What host and plugin have agreed on, as far as input streams depend on it. */
interface AgreedAbilities {
  readonly features: readonly string[];
  readonly concurrency: number;
}

/** The input streams of one session whose calls have not ended, by the id of their call. */
export class OpenInputs implements SessionPart {
  readonly handles: MessageHandlers = {
    [Kind.InputCredit]: ([, call, stream, count]) => this.#credit(call, stream, count),
  };
  readonly #conversation: Conversation;
  readonly #answers: OpenStreams;
  readonly #open = new Map<number, readonly InputFeed[]>();

  constructor(conversation: Conversation, answers: OpenStreams) {
    this.#conversation = conversation;
    this.#answers = answers;
  }

  /** @throws BulkheadError `INPUT_STREAM_REFUSED` */
  check(sources: readonly InputSource[], action: string, { features, concurrency }: AgreedAbilities): void {
    if (sources.length === 0) return;
    const { plugin } = this.#conversation;
    if (!features.includes('input_streams'))
      throw new BulkheadError('INPUT_STREAM_REFUSED', { plugin, action, why: 'unknown to its SDK' });
    // Reader and generator would wait for each other where one thread runs them both.
    if (concurrency === 1 && sources.some(({ origin }) => this.#answers.includes(origin)))
      throw new BulkheadError('INPUT_STREAM_REFUSED', { plugin, action, why: 'from the same instance' });
  }

  /** The call was sent: its sources are pulled from now on. `cancel` ends it where its receiver has no idea of its own. */
  begin(id: number, sources: readonly InputSource[], receiver: CallReceiver, cancel: (error: unknown) => void): void {
    const giveUp = (error: unknown): void => (receiver.giveUp === undefined ? cancel(error) : receiver.giveUp(error));
    const feeds = sources.map((source, stream) => this.#feed(id, stream, source, receiver, giveUp));
    this.#open.set(id, feeds);
    for (const feed of feeds) void feed.run();
  }

  #credit(id: number, stream: unknown, count: unknown): string | undefined {
    const receiver = this.#conversation.calls.get(id);
    if (receiver === undefined) return undefined; // of a call that is over
    receiver.touch?.();
    const feed = typeof stream === 'number' ? this.#open.get(id)?.[stream] : undefined;
    if (feed === undefined) return 'it sent an INPUT_CREDIT for a stream that its call does not have';
    if (!Number.isSafeInteger(count) || (count as number) < 0) return 'an INPUT_CREDIT has no count';
    if (count === 0) feed.stop();
    else feed.credit(count as number);
    return undefined;
  }

  /** Whether the call has to wait for one of its sources. */
  areStarved(id: number): boolean {
    return this.#open.get(id)?.some((feed) => feed.isStarved) === true;
  }

  /** Closes the sources of the call. */
  givenUp(id: number): void {
    for (const feed of this.#open.get(id) ?? []) feed.stop();
  }

  over(id: number): void {
    if (!this.#open.has(id)) return;
    this.givenUp(id);
    this.#open.delete(id);
  }

  #feed(
    id: number,
    stream: number,
    source: InputSource,
    receiver: CallReceiver,
    giveUp: (error: unknown) => void,
  ): InputFeed {
    const conversation = this.#conversation;
    const feed = new InputFeed(source, {
      chunk: (value, index) => {
        receiver.touch?.();
        try {
          return conversation.send([Kind.InputChunk, id, stream, value]);
        } catch (error) {
          const path = formatPath(source.place === null ? [index] : [index, source.place]);
          throw inputError(error, conversation.plugin, receiver.action, path);
        }
      },
      end: () => void conversation.send([Kind.InputEnd, id, stream]),
      fail: giveUp,
      get writable() {
        return conversation.writable;
      },
    });
    return feed;
  }
}
