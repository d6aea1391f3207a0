import { findMarkedProcesses } from '../../lifecycle/marked-processes.ts';
import { signalIfSame } from '../../lifecycle/process-identity.ts';
import { INSTANCE_MARK, type LedgerEntry } from './ledger.ts';

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
      const marks = new Set(entries.map(({ mark }) => mark));
      // A system that can't be asked leaves the process group, which has been ended.
      const survivors = await findMarkedProcesses(INSTANCE_MARK, marks).catch(() => []);
      for (const survivor of survivors) signalIfSame(survivor, 'SIGKILL');
      for (const entry of entries) entry.remove();
    }
    this.#isSearching = false;
  }
}
