import type { StateFolder } from '../environment/state-folder.ts';
import { Ledger } from '../launcher/ledger/ledger.ts';
import { findOrphans, type OrphanedProcess } from '../launcher/ledger/sweep-ledger.ts';

/** What killed hosts have left running, without touching it: the next manager ends it. */
export async function orphanedProcesses(state: StateFolder): Promise<readonly OrphanedProcess[]> {
  return await findOrphans(new Ledger(state.instances));
}
