import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { PluginManager } from 'bulkhead';
import { attempt } from './attempt.ts';
import type { Cast } from './cast.ts';
import { Causes } from './causes.ts';
import { type Check, honestCheck } from './check.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';

/** A manager under fire, with its callers and the faults that are injected around them. */
export class Arena {
  readonly manager: PluginManager;
  readonly cast: Cast;
  readonly tally: Tally;
  readonly causes: Causes = new Causes();
  readonly #over: AbortSignal;
  readonly #inFlight = new Set<Promise<unknown>>();

  constructor(manager: PluginManager, cast: Cast, tally: Tally, over: AbortSignal) {
    this.manager = manager;
    this.cast = cast;
    this.tally = tally;
    this.#over = over;
    setMaxListeners(0, over); // each pause listens
  }

  get isOver(): boolean {
    return this.#over.aborted;
  }

  /** Makes one call, counts its outcome, and answers whether the plugin answered it. */
  async attempt(plugin: string, check: Check): Promise<boolean> {
    const { manager, tally, causes } = this;
    const call = attempt({ manager, plugin, check, tally, causes, isClosing: () => this.isOver });
    this.#inFlight.add(call);
    try {
      return await call;
    } finally {
      this.#inFlight.delete(call);
    }
  }

  /** Calls one plugin after the other, and checks each answer, until it is over. */
  async caller(plugins: readonly string[], random: Random): Promise<void> {
    while (!this.isOver) {
      const answered = await this.attempt(random.pick(plugins), honestCheck(random));
      // a plugin that is being restarted refuses at once: calling it in a loop would only take processor time from the others
      if (!answered) await this.pause(20);
    }
  }

  /** Resolves after `milliseconds`, or when the round is over. */
  async pause(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.#over }).catch(() => {});
  }

  /** Resolves when every call has ended, including those without a waiting caller. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight);
  }
}
