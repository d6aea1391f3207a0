import type { StateFolder } from '../environment/state-folder.ts';
import { Ledger } from '../launcher/ledger/ledger.ts';
import { readLedger, type RunningProcess } from '../launcher/ledger/read-ledger.ts';

/** Processes of all hosts with this state folder on this machine, as the hosts have written them down. */
export async function runningProcesses(state: StateFolder): Promise<readonly RunningProcess[]> {
  return await readLedger(new Ledger(state.instances));
}
