import { type HelloPayload, Kind, type ReadyPayload } from '@bulkhead/protocol';
import type { BulkheadError } from '../errors/bulkhead-error.ts';
import { type Deferred, deferred } from '../lifecycle/deferred.ts';
import { type HideSecrets, hideInValue } from '../lifecycle/hide-secrets.ts';
import { abortable } from '../lifecycle/wait.ts';
import type { Transport } from '../transport/transport.ts';
import { readHello, readReady, type Requirement, requireSandbox, type SessionIdentity, welcome } from './handshake.ts';
import type { MessageHandlers, SessionPart } from './session-part.ts';

/** The handshake and the farewell of a session, and the abilities that both sides agreed on. */
export class Greeting implements SessionPart {
  readonly handles: MessageHandlers = {
    [Kind.Hello]: ([, , value]) => {
      this.hasBegun = true;
      return take(this.#hello, readHello(value), 'its HELLO is not as the protocol says');
    },
    [Kind.Ready]: ([, , value]) => take(this.#ready, readReady(value), 'its READY is not as the protocol says'),
    [Kind.Bye]: () => take(this.#bye, null, ''),
  };
  /** Whether HELLO has come. */
  hasBegun = false;
  features: readonly string[] = [];
  /** Calls that the plugin runs at the same time. */
  concurrency = 1;
  actions: readonly string[] = [];
  readonly #hello = deferred<HelloPayload>();
  readonly #ready = deferred<ReadyPayload>();
  readonly #bye = deferred<null>();

  constructor() {
    for (const { promise } of [this.#hello, this.#ready, this.#bye]) promise.catch(() => {});
  }

  /** @throws BulkheadError `PROTOCOL_MISMATCH`, `SANDBOX_UNAVAILABLE`, what the session was lost by, why the plugin could not start; or the signal's reason */
  async meet(
    transport: Transport,
    identity: SessionIdentity & Requirement & Hiding,
    signal: AbortSignal,
  ): Promise<Introduction> {
    const hello = await abortable(this.#hello.promise, signal);
    const answer = welcome(hello, identity);
    transport.send([Kind.Welcome, 0, answer]);
    this.features = answer.features;
    this.concurrency = answer.concurrency;
    transport.useBodies(answer.features.includes('bodies'));
    const ready = await abortable(this.#ready.promise, signal);
    requireSandbox(hello, identity.plugin, identity);
    transport.greeted();
    this.actions = Object.keys(ready.actions);
    const metadata = hideInValue(ready.metadata, identity.hide) as ReadyPayload['metadata'];
    return { hello, ready: { ...ready, metadata }, concurrency: answer.concurrency };
  }

  /** Resolves at BYE, or when the session is lost. */
  async parted(): Promise<void> {
    await this.#bye.promise.catch(() => {});
  }

  /** The plugin could not start. */
  failed(error: BulkheadError): void {
    this.#ready.reject(error);
  }

  lost(error: BulkheadError): void {
    for (const waiting of [this.#hello, this.#ready, this.#bye]) waiting.reject(error);
  }
}

interface Hiding {
  readonly hide: HideSecrets;
}

/** A plugin introduces itself. */
export interface Introduction {
  readonly hello: HelloPayload;
  readonly ready: ReadyPayload;
  /** Calls that it runs at the same time: what it was asked for, where it can. */
  readonly concurrency: number;
}

function take<Value>(waiting: Deferred<Value>, value: Value | undefined, mistake: string): string | undefined {
  if (value === undefined) return mistake;
  waiting.resolve(value);
  return undefined;
}
