import type { Context } from './context.ts';
import type { InputStream } from './input-stream.ts';
import type { InputOf, JsonSchema, OutputOf, Schema } from './schema.ts';

/** How long and how much of a pure action's answers is worth keeping; what is left out the host decides. */
export interface CacheSettings {
  /** Milliseconds. */
  readonly ttl?: number | undefined;
  readonly maxEntries?: number | undefined;
  /** Of the host's memory. */
  readonly maxBytes?: number | undefined;
}

export interface ActionOptions<
  Input extends Schema | undefined = Schema | undefined,
  Output extends Schema | undefined = Schema | undefined,
  Streams extends StreamSchemas | undefined = StreamSchemas | undefined,
> {
  /** One paragraph for people. */
  readonly description?: string | undefined;
  /** Checks the input before the action runs, which then gets what comes out of it. */
  readonly input?: Input;
  /** Describes the answer or, of a stream, each of its chunks. Answers are not checked by it. */
  readonly output?: Output;
  /** Keys of the input that are streams, each with the schema of its chunks, or `true`. A caller may give a list as well. */
  readonly streams?: Streams;
  /** JSON Schema, for schemas of a library that prints none. */
  readonly jsonSchema?: { readonly input?: JsonSchema; readonly output?: JsonSchema } | undefined;
  /** Running it twice does no harm: a call that was lost with its process may be run again. */
  readonly idempotent?: boolean | undefined;
  /** It is pure: equal inputs give equal answers, and a call changes nothing. The host may then keep its answers. */
  readonly cache?: boolean | CacheSettings | undefined;
  /** Calls that anybody may make: people are shown them, and `bulkhead verify` makes them, many times. */
  readonly examples?: readonly Example[] | undefined;
}

/** A call that an author shows. */
export interface Example {
  readonly input: unknown;
  /** What it answers, where that is always the same; of a stream all its chunks. */
  readonly output?: unknown;
}

export type StreamSchemas = Readonly<Record<string, Schema | true>>;

/** What an action may answer: a value, a promise of one, or a stream of chunks. */
export type Answer<Value> = Value | Promise<Value> | AsyncIterable<Value> | Generator<Value, unknown>;

export type Handler<Input = unknown, Result = unknown> = (input: Input, context: Context) => Result;

type Streamed<Streams> = Streams extends StreamSchemas
  ? { readonly [Key in keyof Streams]: InputStream<Streams[Key] extends Schema ? OutputOf<Streams[Key]> : unknown> }
  : unknown;

/** A handler with what is known of it. */
export class Action<Input = unknown, Result = unknown> {
  readonly options: ActionOptions;
  readonly handler: Handler<never>;
  /** For types alone: what a caller gives and gets. */
  declare readonly types?: { readonly input: Input; readonly result: Result };

  constructor(options: ActionOptions, handler: Handler<never>) {
    this.options = options;
    this.handler = handler;
  }
}

type AnswerOf<Output extends Schema | undefined> = Output extends Schema ? Answer<OutputOf<Output>> : unknown;

/**
 * An action with schemas, from which its types follow. Any library that follows Standard Schema will do.
 *
 * @throws TypeError if `handler` is no function
 */
export function action<
  Input extends Schema,
  Result extends AnswerOf<Output>,
  Output extends Schema | undefined = undefined,
  Streams extends StreamSchemas | undefined = undefined,
>(
  options: ActionOptions<Input, Output, Streams> & { readonly input: Input },
  handler: Handler<OutputOf<Input> & Streamed<Streams>, Result>,
): Action<InputOf<Input>, Result>;
export function action<
  Result extends AnswerOf<Output>,
  Value = unknown,
  Output extends Schema | undefined = undefined,
  Streams extends StreamSchemas | undefined = undefined,
>(
  options: ActionOptions<undefined, Output, Streams>,
  handler: Handler<Streams extends StreamSchemas ? Value & Streamed<Streams> : Value, Result>,
): Action<Value, Result>;
export function action(options: ActionOptions, handler: Handler<never>): Action {
  if (typeof handler !== 'function') throw new TypeError('action takes its options, then the function that it runs');
  return new Action(options, handler);
}
