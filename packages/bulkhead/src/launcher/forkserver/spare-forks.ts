import { Backoff } from '../../lifecycle/backoff.ts';
import { wait } from '../../lifecycle/wait.ts';
import type { Fork } from './fork.ts';
import type { Template } from './template.ts';

/** Leaves the processor to the start that took a spare, before the next spare is forked. */
const REFILL_MILLISECONDS = 50;

export interface SpareForksOptions {
  readonly template: Template;
  /** How many to keep ready. */
  readonly spares: number;
  /** Ends a spare that must not be used. */
  end(spare: Fork): Promise<unknown>;
}

/** Forks of one template. Spares are forked ahead, and wait for WELCOME. */
export class SpareForks {
  readonly template: Template;
  readonly #options: SpareForksOptions;
  readonly #spares = new Set<Fork>();
  readonly #over = new AbortController();
  readonly #backoff = new Backoff({ first: 1_000, longest: 60_000, longLife: 60_000 });
  /** After a spare has died young, the next is not forked before this time. */
  #notBefore = 0;
  #isFilling = false;
  #emptied: Promise<unknown> = Promise.resolve();

  constructor(options: SpareForksOptions) {
    this.template = options.template;
    this.#options = options;
    void this.template.retired.then(() => this.#empty());
  }

  /** How many spares wait. */
  get spares(): number {
    return this.#spares.size;
  }

  /** Undefined: the template is retired, and another is needed. */
  async next(): Promise<Fork | undefined> {
    const [spare] = this.#spares;
    if (spare === undefined) return await this.#fork('instance');
    this.#spares.delete(spare);
    // The plugin's files may have changed since it was forked.
    if (await this.template.isCurrent()) return spare;
    void this.#options.end(spare);
    return undefined;
  }

  /** Forks the spares that are missing, in the background. */
  fill(after: number = REFILL_MILLISECONDS): void {
    if (this.#isFilling || this.#spares.size >= this.#options.spares) return;
    this.#isFilling = true;
    void this.#fill(after)
      .catch(() => {}) // it is over
      .finally(() => (this.#isFilling = false));
  }

  /** Resolves when the spares of a retired template are gone. */
  async emptied(): Promise<void> {
    await this.template.retired;
    await this.#emptied;
  }

  async #fill(after: number): Promise<void> {
    const { signal } = this.#over;
    await wait(after, signal, false);
    while (this.#spares.size < this.#options.spares) {
      await wait(Math.max(0, this.#notBefore - performance.now()), signal, false);
      const spare = await this.#fork('spare');
      if (spare === undefined) return;
      this.#add(spare);
    }
  }

  async #fork(role: 'instance' | 'spare'): Promise<Fork | undefined> {
    const fork = await this.template.fork();
    if (fork === undefined) return undefined;
    try {
      await this.template.takeUp(fork, role);
      return fork;
    } catch (error) {
      void this.#options.end(fork);
      throw error;
    }
  }

  #add(spare: Fork): void {
    const bornAt = performance.now();
    if (this.#over.signal.aborted) return void this.#options.end(spare);
    this.#spares.add(spare);
    // If each dies at once, the delay keeps the template from forking without end.
    void spare.ended.then(() => {
      if (!this.#spares.delete(spare)) return;
      spare.discard();
      const now = performance.now();
      this.#notBefore = now + this.#backoff.ended(now - bornAt);
      this.fill();
    });
  }

  #empty(): void {
    this.#over.abort();
    const spares = [...this.#spares];
    this.#spares.clear();
    this.#emptied = Promise.all(spares.map((spare) => this.#options.end(spare)));
  }
}
