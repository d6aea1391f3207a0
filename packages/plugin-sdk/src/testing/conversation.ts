import {
  BODY_THRESHOLD_BYTES,
  FEATURES,
  FrameDecoder,
  FrameEncoder,
  Kind,
  type PluginMessage,
  type ReadyPayload,
  type RemoteFailure,
} from '@bulkhead/protocol';
import type { Duplex } from 'node:stream';
import { RemoteError } from '../author/errors.ts';
import { failureOf } from '../calls/failure.ts';
import { deferred } from '../process/deferred.ts';
import { AnswerStream } from './answer-stream.ts';
import { CallFailed } from './call-failed.ts';
import type { FakeHost, LockRequest } from './fake-host.ts';
import { Feed, splitInput } from './input-sources.ts';

export interface Welcome {
  readonly plugin: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly concurrency: number;
}

interface OpenCall {
  stream: AnswerStream | undefined;
  readonly feeds: readonly Feed[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

const LIMITS = { frame: 64 * 1024 * 1024, body: 2 ** 31, values: 2_000_000 };

/** The host's side of the protocol, as far as a test needs it. Whatever crosses is packed and unpacked as with a real host. */
export class Conversation {
  readonly #data: Duplex;
  readonly #control: (message: readonly unknown[]) => void;
  readonly #host: FakeHost;
  readonly #encoder = new FrameEncoder();
  readonly #ready = deferred<ReadyPayload>();
  readonly #refused = deferred<RemoteFailure>();
  readonly #bye = deferred<void>();
  readonly #calls = new Map<number, OpenCall>();
  readonly #locks = new Map<number, LockRequest>();
  #lastCall = 0;
  #lastToken = 0;

  /** @param control sends a message on the control channel */
  constructor(data: Duplex, control: (message: readonly unknown[]) => void, host: FakeHost) {
    this.#data = data;
    this.#control = control;
    this.#host = host;
    const decoder = new FrameDecoder({
      frame: (message) => this.receive(message as unknown as PluginMessage),
      refused: (error) => data.destroy(error),
    });
    data.on('data', (chunk: Buffer) => decoder.push(chunk));
  }

  /** @throws CallFailed if the plugin refuses to start */
  async greet({ plugin, configuration, concurrency }: Welcome): Promise<ReadyPayload> {
    const features = FEATURES.filter((feature) => feature !== 'debug' && feature !== 'interrupt_signal');
    this.#send([
      Kind.Welcome,
      0,
      { protocol: 1, features, plugin, generation: 1, configuration, concurrency, limits: LIMITS },
    ]);
    const refusal = this.#refused.promise.then((failure) => Promise.reject(new CallFailed(failure)));
    return await Promise.race([this.#ready.promise, refusal]);
  }

  /** The result as a caller gets it; of a generator an `AnswerStream`. @throws CallFailed */
  async call(
    action: string,
    given: unknown,
    timeout: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const id = ++this.#lastCall;
    const { input, places, sources } = splitInput(given);
    const feeds = sources.map((source) => new Feed(source));
    this.#send([Kind.Call, id, action, input ?? null, timeout ?? null, ...(places.length === 0 ? [] : [places])]);
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#calls.set(id, { stream: undefined, feeds, resolve, reject });
    });
    for (const [index, feed] of feeds.entries())
      void feed
        .run(
          (chunk) => this.#send([Kind.InputChunk, id, index, chunk]),
          () => this.#send([Kind.InputEnd, id, index]),
        )
        .catch((error: unknown) => {
          this.#settle(id)?.reject(error as Error);
          this.cancel(id);
        });
    const cancel = (): void => this.cancel(id);
    const timer = timeout === undefined ? undefined : setTimeout(cancel, timeout);
    if (signal?.aborted === true) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      if (this.#calls.get(id) === undefined) signal?.removeEventListener('abort', cancel);
    }
  }

  cancel(id: number): void {
    this.#control([Kind.Cancel, id]);
    this.#send([Kind.Credit, id, 0]);
  }

  /** Resolves at the plugin's BYE. */
  async shutdown(): Promise<void> {
    this.#send([Kind.Shutdown, 0]);
    await this.#bye.promise;
  }

  /** The other side is gone. */
  lost(reason: string): void {
    this.#refused.resolve({ code: 'PLUGIN_EXITED', message: reason });
    this.#bye.resolve();
    for (const id of this.#calls.keys()) this.#fail(id, { code: 'PLUGIN_CRASHED', message: reason });
  }

  receive(message: PluginMessage): void {
    switch (message[0]) {
      case Kind.Ready:
        return this.#ready.resolve(message[2]);
      case Kind.Bye:
        return this.#bye.resolve();
      case Kind.Result:
        return this.#settle(message[1])?.resolve(message[2]);
      case Kind.Failure:
        return message[1] === 0 ? this.#refused.resolve(message[2]) : this.#fail(message[1], message[2]);
      case Kind.Stream:
        return this.#beginStream(message[1]);
      case Kind.Chunk:
        return this.#calls.get(message[1])?.stream?.receive(message[2]);
      case Kind.End:
        return this.#settle(message[1])?.stream?.finish(message[2]);
      case Kind.InputCredit:
        return this.#calls.get(message[1])?.feeds[message[2]]?.credit(message[3]);
      case Kind.HostCall: {
        const [, id, , plugin, action, input, { timeout, traceparent }] = message;
        return void this.#answer(id, this.#host.called({ plugin, action, input, timeout, traceparent }));
      }
      case Kind.Acquire:
        return this.#lock(message[1], message[3], message[4] as LockRequest['options']);
      case Kind.Release: {
        const lock = this.#locks.get(message[1]);
        if (lock !== undefined) lock.isReleased = true;
        return undefined;
      }
      case Kind.Log:
        return void this.#host.log.push(message[2]);
      case Kind.Progress:
        return void this.#host.progress.push(message[2]);
      case Kind.Hello:
      case Kind.Pong:
      case Kind.Debugging:
        return undefined;
    }
  }

  #beginStream(id: number): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    call.stream = new AnswerStream((count) => (count === 0 ? this.cancel(id) : this.#send([Kind.Credit, id, count])));
    call.resolve(call.stream);
  }

  #fail(id: number, failure: RemoteFailure): void {
    const call = this.#settle(id);
    const error = new CallFailed(failure);
    if (call?.stream === undefined) call?.reject(error);
    else call.stream.finish(undefined, error);
  }

  #settle(id: number): OpenCall | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    for (const feed of call?.feeds ?? []) feed.credit(0);
    return call;
  }

  #lock(id: number, name: string, options: LockRequest['options']): void {
    const request: LockRequest = { name, options, isReleased: false };
    const refusal = this.#host.locked(request);
    if (refusal !== undefined) return this.#send([Kind.HostFailure, id, refusal]);
    this.#locks.set(id, request);
    this.#send([Kind.HostResult, id, { token: ++this.#lastToken }]);
  }

  async #answer(id: number, answer: Promise<unknown>): Promise<void> {
    try {
      this.#send([Kind.HostResult, id, (await answer) ?? null]);
    } catch (error) {
      const failure = failureOf(error, error instanceof RemoteError ? error.code : 'PLUGIN_RAISED');
      this.#send([Kind.HostFailure, id, failure]);
    }
  }

  /** @throws CodecError for what can't cross */
  #send(message: readonly unknown[]): void {
    if (this.#data.destroyed) return;
    const bodies = this.#encoder.append(message, BODY_THRESHOLD_BYTES);
    // copies: the memory of the one is used again, that of the others is the test's
    this.#data.write(Buffer.from(this.#encoder.take()));
    for (const body of bodies) this.#data.write(Buffer.from(body));
  }
}
