import type { Vitals } from '../launcher/running-instance.ts';
import { ProcessorHistory } from './processor-history.ts';

/**
 * - `ready`: it answered a call or a ping lately, or has nothing to do.
 * - `busy`: it computes: a call that takes long, or native code that lets no ping be answered.
 * - `blocked`: no ping is answered and it does not compute either: stuck in native code or the kernel, or stopped.
 * - `silent`: no ping is answered, and this system does not tell whether it computes.
 * - `dead`: its process is gone.
 *
 * Health is shown and never acted upon: the time limits of its calls end an instance that is busy or blocked for too long.
 */
export type Health = 'ready' | 'busy' | 'blocked' | 'silent' | 'dead';

/** The first look comes soon, so that the host knows something of calls with a short time limit, too. */
const FIRST_LOOK_MILLISECONDS = 20;
const LOOK_MILLISECONDS = 250;
/** The host pings if the last answer or pong is older. */
const RECENT_MILLISECONDS = 1_000;
/** Looks in a row without a pong and without use of the processor, before the health changes. */
const MISSES = 3;

export interface HealthOptions {
  /** Undefined where the system does not tell. */
  vitals(): Promise<Vitals | undefined>;
  /** Resolves when the plugin's control thread has answered; rejects when the connection is lost. */
  ping(): Promise<void>;
  changed(health: Health, before: Health): void;
}

/**
 * Judges how an instance is. That costs nothing while it is idle or quick: the host looks at it only while a call runs, and
 * pings it only if none was answered for a second.
 */
export class InstanceHealth {
  readonly #options: HealthOptions;
  readonly #history = new ProcessorHistory();
  #health: Health = 'ready';
  #running = 0;
  #lastSign = 0;
  #lastPong = 0;
  #isPinged = false;
  #misses = 0;
  #idleLooks = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  get current(): Health {
    return this.#health;
  }

  callStarted(): void {
    this.#running += 1;
    if (this.#timer !== undefined || this.#health === 'dead') return;
    this.#lastSign = performance.now(); // a call that ends soon needs no ping
    this.#lookIn(FIRST_LOOK_MILLISECONDS);
  }

  callEnded(wasAnswered: boolean, now: number): void {
    this.#running -= 1;
    if (wasAnswered) this.#lastSign = now;
  }

  /** What its process did since then, as a clause whose subject is `its process`; undefined if the host does not know. */
  async activitySince(since: number): Promise<string | undefined> {
    const vitals = await this.#options.vitals();
    const span = this.#history.spanSince(since, performance.now(), vitals);
    if (span === undefined) return undefined;
    const figures = `${seconds(span.used)} of processor time in the last ${seconds(span.elapsed)}`;
    if (span.computing > 0.8) return `was computing all the time (${figures})`;
    if (span.computing > 0.1) return `was computing part of the time (${figures})`;
    if (this.#isPinged && this.#misses >= MISSES) return `was blocked, and did not even answer a ping (${figures})`;
    return `was waiting, such as for the network, a lock or another process (${figures})`;
  }

  ended(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#become('dead');
  }

  #lookIn(milliseconds: number): void {
    // The connection keeps the host running; this timer must not.
    this.#timer = setTimeout(() => void this.#look(), milliseconds).unref();
  }

  async #look(): Promise<void> {
    if (this.#running === 0 && !this.#isPinged) {
      this.#timer = undefined;
      this.#history.forget();
      return this.#become('ready');
    }
    const vitals = await this.#options.vitals();
    if (this.#health === 'dead') return;
    const now = performance.now();
    this.#judge(now, this.#history.look(now, vitals));
    this.#lookIn(LOOK_MILLISECONDS);
  }

  #judge(now: number, computes: boolean | undefined): void {
    if (now - this.#lastSign < RECENT_MILLISECONDS) return this.#become('ready');
    this.#idleLooks = computes === false ? this.#idleLooks + 1 : 0;
    if (!this.#isPinged) {
      if (now - this.#lastPong >= RECENT_MILLISECONDS) this.#ping();
      return this.#become(computes === true ? 'busy' : 'ready');
    }
    this.#misses += 1;
    if (computes === true) this.#become('busy');
    else if (this.#misses >= MISSES && computes === undefined) this.#become('silent');
    else if (this.#misses >= MISSES && this.#idleLooks >= MISSES) this.#become('blocked');
  }

  #ping(): void {
    this.#isPinged = true;
    this.#misses = 0;
    this.#idleLooks = 0;
    this.#options.ping().then(
      () => {
        this.#isPinged = false;
        this.#lastPong = performance.now();
        if (this.#health === 'blocked' || this.#health === 'silent') this.#become('ready');
      },
      () => {}, // the connection is lost: `ended` follows
    );
  }

  #become(health: Health): void {
    if (this.#health === health || this.#health === 'dead') return;
    const before = this.#health;
    this.#health = health;
    this.#options.changed(health, before);
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(milliseconds < 10_000 ? 2 : 0)} s`;
}
