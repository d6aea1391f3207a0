import type { StateFolder } from '../environment/state-folder.ts';
import { Ledger } from '../launcher/ledger/ledger.ts';
import { readLedger, type RunningProcess } from '../launcher/ledger/read-ledger.ts';

/** What all hosts with this state folder have running on this machine, as they have written it down. */
export async function runningProcesses(state: StateFolder): Promise<readonly RunningProcess[]> {
  return await readLedger(new Ledger(state.instances));
}
