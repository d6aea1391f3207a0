import { type DebugPayload, Kind } from '@bulkhead/protocol';
import { type Deferred, deferred } from '../lifecycle/deferred.ts';
import { abortable } from '../lifecycle/wait.ts';
import { isName } from './is-name.ts';
import type { HideSecrets } from '../lifecycle/hide-secrets.ts';
import { isRecord } from '../lifecycle/is-record.ts';
import { visibleLine } from '../lifecycle/visible-text.ts';
import type { Conversation, MessageHandlers, SessionPart } from './session-part.ts';

/** Where a debugger can attach, or why not. */
export type DebugAnswer = { readonly host: string; readonly port: number } | { readonly error: string };

const WRONG = 'a DEBUGGING is not as the protocol says';

/** The DEBUGs of one session that wait for an answer, and the listeners that hear of debuggers from then on. */
export class DebugRequests implements SessionPart {
  readonly handles: MessageHandlers = { [Kind.Debugging]: ([, id, value]) => this.#receive(id, value) };
  readonly #send: Conversation['send'];
  #isAsked = false;
  readonly #waiting = new Map<number, Deferred<DebugAnswer>>();
  readonly #hide: HideSecrets;
  readonly #listeners = new Set<(attached: boolean) => void>();

  constructor({ send }: Conversation, hide: HideSecrets) {
    this.#send = send;
    this.#hide = hide;
  }

  /** `changed` hears of each debugger that attaches or leaves. @throws what `lost` was told, or the signal's reason */
  async ask(
    id: number,
    request: DebugPayload,
    changed: (attached: boolean) => void,
    signal: AbortSignal,
  ): Promise<DebugAnswer> {
    const answer = deferred<DebugAnswer>();
    this.#isAsked = true;
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

  #receive(id: number, value: unknown): string | undefined {
    if (!this.#isAsked) return 'it sent a DEBUGGING that it was not asked for';
    if (!isRecord(value)) return WRONG;
    const { host, port, error, attached } = value;
    if (typeof attached === 'boolean') for (const changed of this.#listeners) changed(attached);
    else if (isName(host) && typeof port === 'number') this.#waiting.get(id)?.resolve({ host, port });
    else if (typeof error === 'string')
      this.#waiting.get(id)?.resolve({ error: visibleLine(error, 4_096, this.#hide) });
    else return WRONG;
    return undefined;
  }

  /** The plugin is gone, and with it its debugger. */
  lost(error: unknown): void {
    for (const changed of this.#listeners) changed(false);
    this.#listeners.clear();
    for (const answer of this.#waiting.values()) answer.reject(error);
  }
}
