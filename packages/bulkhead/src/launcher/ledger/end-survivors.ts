import { setTimeout as sleep } from 'node:timers/promises';
import { findMarkedProcesses } from '../../lifecycle/marked-processes.ts';
import { signalIfSame } from '../../lifecycle/process-identity.ts';
import { INSTANCE_MARK, type LedgerEntry } from './ledger.ts';

/** A survivor may start another process during a search, so searches are repeated until one finds nothing, this often at most. */
export const MOST_ROUNDS = 20;
const LATER_MILLISECONDS = 1_000;
/** The pause between two searches grows to this. */
const LONGEST_PAUSE_MILLISECONDS = 10;

/**
 * Ends the processes that an instance started and that left its process group, once the instance is gone. Only then does it
 * remove the instance from the ledger: if this host dies before, the next one ends them. A search takes some milliseconds, so
 * one serves all instances that end together.
 */
export class SurvivorSearch {
  #waiting: LedgerEntry[] = [];
  #searching: Promise<void> | undefined;

  /** To be called when the instance has exited. */
  endSurvivorsOf(entry: LedgerEntry): void {
    this.#waiting.push(entry);
    this.#searching ??= this.#search();
  }

  /** Resolves when the survivors of all instances that have exited are ended, or can't be found just now. */
  async settled(): Promise<void> {
    await this.#searching;
  }

  async #search(): Promise<void> {
    while (this.#waiting.length > 0) {
      const entries = this.#waiting;
      this.#waiting = [];
      const isDone = await endMarked(new Set(entries.map(({ mark }) => mark))).catch(() => false);
      if (isDone) for (const entry of entries) entry.remove();
      else this.#tryLater(entries);
    }
    this.#searching = undefined;
  }

  /** For want of a free descriptor /proc can't be searched now. */
  #tryLater(entries: readonly LedgerEntry[]): void {
    setTimeout(() => entries.forEach((entry) => this.endSurvivorsOf(entry)), LATER_MILLISECONDS).unref();
  }
}

/** @returns whether none is left */
async function endMarked(marks: ReadonlySet<string>): Promise<boolean> {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const survivors = await findMarkedProcesses(INSTANCE_MARK, marks);
    if (survivors.length === 0) return true;
    for (const survivor of survivors) signalIfSame(survivor, 'SIGKILL');
    await pauseAfterRound(round);
  }
  return false;
}

/** Gives killed processes the moment that they take to go. */
export async function pauseAfterRound(round: number): Promise<void> {
  await sleep(Math.min(round, LONGEST_PAUSE_MILLISECONDS));
}
