import { Kind } from '@bulkhead/protocol';
import type { BulkheadError } from '../errors/bulkhead-error.ts';
import { type Deferred, deferred } from '../lifecycle/deferred.ts';
import { abortable } from '../lifecycle/wait.ts';
import type { Conversation, MessageHandlers, SessionPart } from './session-part.ts';

/** The PINGs of one session that are not answered yet. */
export class Pings implements SessionPart {
  readonly handles: MessageHandlers = {
    [Kind.Pong]: ([, id]) => {
      this.#waiting.get(id)?.resolve();
      return undefined;
    },
  };
  readonly #send: Conversation['send'];
  readonly #waiting = new Map<number, Deferred<void>>();

  constructor({ send }: Conversation) {
    this.#send = send;
  }

  /** @throws BulkheadError what the session was lost by, or the signal's reason */
  async ping(id: number, signal: AbortSignal): Promise<void> {
    const pong = deferred<void>();
    this.#waiting.set(id, pong);
    try {
      this.#send([Kind.Ping, id]);
      await abortable(pong.promise, signal);
    } finally {
      this.#waiting.delete(id);
    }
  }

  lost(error: BulkheadError): void {
    for (const pong of this.#waiting.values()) pong.reject(error);
  }
}
