import { Kind } from '@bulkhead/protocol';
import { InputRejected } from '../author/errors.ts';
import type { ServedAction } from '../author/served-plugin.ts';
import type { DataChannel } from '../wire/data-channel.ts';
import { ReceivedStream, streamOf } from './received-stream.ts';

type Places = readonly (string | null)[];

/** The streams of one call's input. */
export class InputStreams {
  readonly #streams: readonly ReceivedStream[];
  readonly #places: Places;

  constructor(data: DataChannel, call: number, places: Places, schemas: ServedAction['streams']) {
    this.#places = places;
    this.#streams = places.map(
      (key, index) =>
        new ReceivedStream(key, (key === null ? undefined : schemas[key]) ?? true, (count) =>
          data.send([Kind.InputCredit, call, index, count]),
        ),
    );
  }

  /** The input with its streams in their places. */
  within(input: unknown): unknown {
    if (this.#places[0] === null) return this.#streams[0];
    const placed = this.#places.map((key, index) => [key, this.#streams[index]]);
    return { ...(input as object), ...(Object.fromEntries(placed) as object) };
  }

  receive(stream: number, chunk: unknown): void {
    this.#streams[stream]?.receive(chunk);
  }

  end(stream: number): void {
    this.#streams[stream]?.end();
  }

  /** A chunk could not be read, of whichever stream. */
  fail(error: unknown): void {
    for (const stream of this.#streams) stream.end({ error });
  }

  abandon(error: unknown): void {
    for (const stream of this.#streams) stream.abandon(error);
  }
}

/** Lists in the place of streams become streams. @throws InputRejected */
export function withLists(input: unknown, schemas: ServedAction['streams'], places: Places): unknown {
  const keys = Object.keys(schemas).filter((key) => !places.includes(key));
  if (keys.length === 0) return input;
  if (typeof input !== 'object' || input === null) throw new InputRejected('$', '$: expected an object with a stream');
  const given = input as Readonly<Record<string, unknown>>;
  const made = keys.map((key) => {
    const value = given[key];
    if (!Array.isArray(value) && !ArrayBuffer.isView(value))
      throw new InputRejected(`$.${key}`, `$.${key}: expected a stream or a list`);
    return [key, streamOf(key, value as Iterable<unknown>, schemas[key] ?? true)] as const;
  });
  return { ...given, ...Object.fromEntries(made) };
}
