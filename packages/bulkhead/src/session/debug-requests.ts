import { type DebugPayload, type HostMessage, Kind } from '@bulkhead/protocol';
import { type Deferred, deferred } from '../lifecycle/deferred.ts';
import { abortable } from '../lifecycle/wait.ts';
import { isRecord } from '../lifecycle/is-record.ts';

/** Where a debugger can attach, or why not. */
export type DebugAnswer = { readonly host: string; readonly port: number } | { readonly error: string };

/** The DEBUGs of one session that are not answered yet, and who is told of debuggers from then on. */
export class DebugRequests {
  readonly #send: (message: HostMessage) => void;
  readonly #waiting = new Map<number, Deferred<DebugAnswer>>();
  readonly #listeners = new Set<(attached: boolean) => void>();

  constructor(send: (message: HostMessage) => void) {
    this.#send = send;
  }

  /** `changed` hears of each debugger that attaches or leaves. @throws what `lost` was told, or the signal's reason */
  async ask(
    id: number,
    request: DebugPayload,
    changed: (attached: boolean) => void,
    signal: AbortSignal,
  ): Promise<DebugAnswer> {
    const answer = deferred<DebugAnswer>();
    this.#waiting.set(id, answer);
    try {
      this.#send([Kind.Debug, id, request]);
      const answered = await abortable(answer.promise, signal);
      if ('port' in answered) this.#listeners.add(changed);
      return answered;
    } finally {
      this.#waiting.delete(id);
    }
  }

  /** False: it is not as the protocol says. */
  receive(id: number, value: unknown): boolean {
    if (!isRecord(value)) return false;
    const { host, port, error, attached } = value;
    if (typeof attached === 'boolean') for (const changed of this.#listeners) changed(attached);
    else if (typeof host === 'string' && typeof port === 'number') this.#waiting.get(id)?.resolve({ host, port });
    else if (typeof error === 'string') this.#waiting.get(id)?.resolve({ error });
    else return false;
    return true;
  }

  /** The plugin is gone, and with it its debugger. */
  lost(error: unknown): void {
    for (const changed of this.#listeners) changed(false);
    this.#listeners.clear();
    for (const answer of this.#waiting.values()) answer.reject(error);
  }
}
