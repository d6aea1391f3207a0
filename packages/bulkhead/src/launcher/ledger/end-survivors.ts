import { findMarkedProcesses } from '../../lifecycle/marked-processes.ts';
import { signalIfSame } from '../../lifecycle/process-identity.ts';
import { INSTANCE_MARK, type LedgerEntry } from './ledger.ts';

/** A process may start another while it is looked for: so often at most that is looked for, too. */
export const MOST_ROUNDS = 20;
const LATER_MILLISECONDS = 1_000;

/**
 * Ends what an instance has started and what has left its process group, once the instance is gone, and only then forgets the
 * instance: should this host die before, the next one does it. Looking takes some milliseconds, so those that end together
 * are looked for together.
 */
export class SurvivorSearch {
  #waiting: LedgerEntry[] = [];
  #isSearching = false;

  /** To be called when the instance has exited. */
  endSurvivorsOf(entry: LedgerEntry): void {
    this.#waiting.push(entry);
    if (!this.#isSearching) void this.#search();
  }

  async #search(): Promise<void> {
    this.#isSearching = true;
    while (this.#waiting.length > 0) {
      const entries = this.#waiting;
      this.#waiting = [];
      const isDone = await endMarked(new Set(entries.map(({ mark }) => mark))).catch(() => false);
      if (isDone) for (const entry of entries) entry.remove();
      else this.#tryLater(entries);
    }
    this.#isSearching = false;
  }

  /** The system can't be asked just now, for want of a free descriptor; should this host end before, the next one asks. */
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
  }
  return false;
}
