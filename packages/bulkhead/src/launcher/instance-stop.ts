import { settlesWithin } from '../lifecycle/wait.ts';
import type { ExitInfo, StopReason } from './running-instance.ts';

/** Real-time signal that makes a blocking system call of the plugin return; see the protocol, "Cancel". */
export const INTERRUPT_SIGNAL = 40;
/** Something that a plugin started may hold its output open for ever: the host waits this long for what it writes. */
export const DRAIN_MILLISECONDS = 500;
/** Between TERM and KILL. */
const TERM_GRACE_MILLISECONDS = 1_000;

export interface StopMeans {
  readonly exited: () => Promise<ExitInfo>;
  readonly terminate: () => void;
  /** Does nothing to an instance that has exited. */
  readonly kill: () => void;
  /** Told when the host asks for the end. */
  readonly requested?: () => void;
}

/** The stop of one instance, wherever it runs: it may finish, then is sent TERM, then KILL. */
export class InstanceStop {
  readonly #means: StopMeans;
  #stopping: Promise<ExitInfo> | undefined;
  #requested: StopReason | undefined;

  constructor(means: StopMeans) {
    this.#means = means;
  }

  /** What the host has asked for. */
  get requested(): StopReason | undefined {
    return this.#requested;
  }

  /** As `RunningInstance.stop`. */
  stop(reason: StopReason, grace: number): Promise<ExitInfo> {
    this.#stopping ??= this.#stop(reason, grace);
    if (reason === 'kill') this.#kill(reason);
    return this.#stopping;
  }

  async #stop(reason: StopReason, grace: number): Promise<ExitInfo> {
    const { exited, terminate } = this.#means;
    this.#request(reason);
    if (reason === 'shutdown' && !(await settlesWithin(exited(), grace))) {
      terminate();
      if (!(await settlesWithin(exited(), TERM_GRACE_MILLISECONDS))) this.#kill(reason);
    }
    return await exited();
  }

  #kill(reason: StopReason): void {
    this.#request(reason);
    this.#means.kill();
  }

  #request(reason: StopReason): void {
    this.#requested = reason;
    this.#means.requested?.();
  }
}
