import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { PluginManager } from 'bulkhead';
import { attempt } from './attempt.ts';
import { Causes } from './causes.ts';
import { type Check, honestCheck } from './check.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';

/** A manager under fire: those who call it, and those who make trouble. */
export class Arena {
  readonly manager: PluginManager;
  readonly tally: Tally;
  readonly causes: Causes = new Causes();
  readonly #over: AbortSignal;
  readonly #inFlight = new Set<Promise<unknown>>();

  constructor(manager: PluginManager, tally: Tally, over: AbortSignal) {
    this.manager = manager;
    this.tally = tally;
    this.#over = over;
    setMaxListeners(0, over); // every one who pauses listens
  }

  get isOver(): boolean {
    return this.#over.aborted;
  }

  /** Makes one call, counts how it ended, and answers whether it was answered. */
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
      // one that is being restarted refuses at once: asking again and again would only take the processor from the others
      if (!answered) await this.pause(20);
    }
  }

  /** Resolves after so many milliseconds, or when it is over. */
  async pause(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.#over }).catch(() => {});
  }

  /** Resolves when every call has ended, those included that nobody waits for. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight);
  }
}
