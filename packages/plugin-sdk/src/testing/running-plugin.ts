import { HOOKS_ACTION, type HooksAnswer, type ReadyPayload } from '@bulkhead/protocol';
import type { Action } from '../author/action.ts';
import { Veto } from '../author/errors.ts';
import type { ActionsOf, DefinedPlugin, Plugin } from '../author/plugin.ts';
import type { AnswerStream } from './answer-stream.ts';
import { CallFailed } from './call-failed.ts';
import type { Conversation } from './conversation.ts';
import { FakeHost } from './fake-host.ts';
import { serveInMemory } from './in-memory.ts';
import { PluginProcess, type ProcessStart } from './in-process.ts';

export interface StartOptions {
  /** What `initialize` gets. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** Calls at the same time; 1 unless given. */
  readonly concurrency?: number | undefined;
  /** Answers what the plugin asks for; one without answers unless given. */
  readonly host?: FakeHost | undefined;
}

export interface TestCallOptions {
  /** Milliseconds, after which the call is cancelled. */
  readonly timeout?: number | undefined;
  /** Cancels the call. */
  readonly signal?: AbortSignal | undefined;
}

/** What an action takes in a call of a test. */
export type GivenTo<One> =
  One extends Action<infer Input>
    ? Input
    : One extends (input: infer Input, ...rest: never) => unknown
      ? Input
      : unknown;

/** And what it answers. */
export type AnswerOf<One> =
  One extends Action<never, infer Result>
    ? Received<Result>
    : One extends (...all: never) => infer Result
      ? Received<Result>
      : unknown;

type Received<Result> =
  Awaited<Result> extends AsyncIterable<infer Chunk> | Generator<infer Chunk> ? AnswerStream<Chunk> : Awaited<Result>;

type AnyPlugin = DefinedPlugin | Plugin | (new () => Plugin);
type ActionsIn<Tested> = Tested extends DefinedPlugin<infer Actions> ? Actions : ActionsOf;

/** A plugin that a test calls. With `await using` it ends with its block. */
export class RunningPlugin<Actions extends ActionsOf = ActionsOf> implements AsyncDisposable {
  readonly host: FakeHost;
  /** What it says of its actions and hooks. */
  readonly description: ReadyPayload;
  readonly #conversation: Conversation;
  readonly #ended: () => Promise<unknown>;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(host: FakeHost, description: ReadyPayload, conversation: Conversation, ended: () => Promise<unknown>) {
    this.host = host;
    this.description = description;
    this.#conversation = conversation;
    this.#ended = ended;
  }

  /**
   * The result as a caller gets it; of a generator an `AnswerStream`. What is async iterable in the input arrives as a stream.
   *
   * @throws CallFailed; CodecError for an input that can't be sent
   */
  async call<Name extends keyof Actions & string>(
    action: Name,
    input?: GivenTo<Actions[Name]>,
    { timeout, signal }: TestCallOptions = {},
  ): Promise<AnswerOf<Actions[Name]>> {
    return (await this.#conversation.call(action, input, timeout, signal)) as AnswerOf<Actions[Name]>;
  }

  /** Passes data through the plugin's hooks of an event, higher priorities first. @throws Veto, CallFailed */
  async hook<Data>(event: string, data: Data): Promise<Data> {
    const hooks = (this.description.hooks ?? [])
      .filter((hook) => hook.event === event)
      .toSorted((one, other) => (other.priority ?? 0) - (one.priority ?? 0));
    const input = { event, hooks: hooks.map(({ name }) => name), data };
    const { ending, ...answer } = (await this.#conversation.call(
      HOOKS_ACTION,
      input,
      undefined,
      undefined,
    )) as HooksAnswer;
    if (ending?.kind === 'veto') throw new Veto(ending.reason);
    if (ending?.kind === 'failure') throw new CallFailed(ending.failure);
    if (ending !== undefined) throw new CallFailed({ code: 'HOOK_FAILED', message: `the hook ${ending.reason}` });
    return ('data' in answer ? answer.data : data) as Data;
  }

  /** Ends it, with its `cleanup`. A second call does nothing. */
  close(): Promise<void> {
    this.#closing ??= this.#conversation.shutdown().then(async () => void (await this.#ended()));
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Runs a plugin in the test's own process, where a debugger, mocks and coverage reach it.
 *
 * @param plugin what its module exports
 * @throws CallFailed if it can't start
 */
export async function startPlugin<Tested extends AnyPlugin>(
  plugin: Tested,
  { config = {}, concurrency = 1, host = new FakeHost() }: StartOptions = {},
): Promise<RunningPlugin<ActionsIn<Tested>>> {
  const { conversation, ended } = serveInMemory(plugin, host);
  const ready = await conversation.greet({ plugin: 'tested', configuration: config, concurrency });
  return new RunningPlugin(host, ready, conversation, () => ended);
}

/**
 * Runs a plugin in a process of its own, as a host starts it, without a sandbox and limits.
 *
 * @throws CallFailed if it can't start, with what it has written
 */
export async function startProcess<Actions extends ActionsOf = ActionsOf>(
  start: ProcessStart,
  { config = {}, concurrency = 1, host = new FakeHost() }: StartOptions = {},
): Promise<RunningPlugin<Actions>> {
  const child = new PluginProcess(start, host);
  const ready = await child.conversation.greet({ plugin: 'tested', configuration: config, concurrency });
  return new RunningPlugin<Actions>(host, ready, child.conversation, () => child.ended);
}
