import type { StateFolder } from '../environment/state-folder.ts';
import { Ledger } from '../launcher/ledger/ledger.ts';
import { findOrphans, type OrphanedProcess } from '../launcher/ledger/sweep-ledger.ts';

/** Processes that killed hosts have left running. Leaves them alone: the next manager ends them. */
export async function orphanedProcesses(state: StateFolder): Promise<readonly OrphanedProcess[]> {
  return await findOrphans(new Ledger(state.instances));
}
