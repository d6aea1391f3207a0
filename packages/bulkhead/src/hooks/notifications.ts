import { copyValue } from '../lifecycle/copy-value.ts';
import { letManyListen } from '../lifecycle/let-many-listen.ts';
import { errorOfHook, errorOfOutcome, runBatch } from './batch.ts';
import type { HookObserver } from './hook-observer.ts';
import type { Hook } from './hook.ts';

/** Runs the `notify` hooks of a registry, beside the chains that do not wait for them. */
export class Notifications {
  readonly #observer: HookObserver;
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(observer: HookObserver) {
    this.#observer = observer;
    letManyListen(this.#closing.signal); // one for each notification
  }

  /** Copies the data now: later hooks may change it before this one runs. */
  begin(event: string, hook: Hook, data: unknown): void {
    const begun = this.#run(event, hook, copyValue(data));
    this.#running.add(begun);
    void begun.then(() => this.#running.delete(begun));
  }

  /** Ends those that still run. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the hooks are closed'));
    await Promise.all(this.#running);
  }

  /** Never rejects. */
  async #run(event: string, hook: Hook, data: unknown): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve)); // so that also a callback without any wait does not hold up the chain
    if (hook.isRemoved) return;
    const start = performance.now();
    try {
      const { outcome } = await runBatch(event, [hook], data, this.#closing.signal);
      this.#observer.hooksRan(event, [hook.fullName], performance.now() - start);
      if (outcome?.kind === 'veto') {
        const reason = new Error(`it can't stop a chain that does not wait for it (${outcome.reason})`);
        this.#failed(event, hook, errorOfHook(event, hook, reason));
      } else if (outcome !== undefined) this.#failed(event, hook, errorOfOutcome(event, hook, outcome));
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#failed(event, hook, errorOfHook(event, hook, error));
    }
  }

  #failed(event: string, hook: Hook, error: Error): void {
    if (hook.onError === 'disable') hook.disabledBy = error;
    this.#observer.hookFailed(event, hook.fullName, error, hook.onError === 'disable' ? 'disabled' : 'reported');
  }
}
