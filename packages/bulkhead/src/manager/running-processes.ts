import type { StateFolder } from '../environment/state-folder.ts';
import { Ledger } from '../launcher/ledger/ledger.ts';
import { readLedger, type RunningProcess } from '../launcher/ledger/read-ledger.ts';
import { usageFromOutside } from '../launcher/limits/usage-from-outside.ts';
import type { Usage } from '../launcher/limits/usage.ts';

/** A process that some host has started for a plugin, and what it uses; undefined where the system does not tell. */
export interface ProcessInUse extends RunningProcess {
  readonly usage: Usage | undefined;
}

/** Processes of all hosts with this state folder on this machine, as the hosts have written them down. */
export async function runningProcesses(state: StateFolder): Promise<readonly ProcessInUse[]> {
  const running = await readLedger(new Ledger(state.instances));
  const usages = await usageFromOutside(running);
  return running.map((each, index) => ({ ...each, usage: usages[index] }));
}
