import { rm } from 'node:fs/promises';
import { findMarkedProcesses } from '../../lifecycle/marked-processes.ts';
import {
  identifyProcess,
  isSameProcess,
  type ProcessIdentity,
  signalIfSame,
} from '../../lifecycle/process-identity.ts';
import { MOST_ROUNDS, pauseAfterRound } from './end-survivors.ts';
import { foldersOfDeadHosts, forgetEarlierBoots } from './dead-hosts.ts';
import { INSTANCE_MARK, type Ledger, type LedgerRecord } from './ledger.ts';
import { recordsOf } from './read-ledger.ts';

/** A process that runs on although the host that started it, or its plugin, is gone. */
export interface OrphanedProcess extends ProcessIdentity {
  /** Undefined when the host died in the middle of starting it. */
  readonly plugin: string | undefined;
  /** Whether it is the plugin's own process, and so leads its group; false: the plugin started it. */
  readonly isInstance: boolean;
}

/** Finds the processes of hosts that are gone, and leaves them alone. */
export async function findOrphans(ledger: Ledger): Promise<readonly OrphanedProcess[]> {
  const records = await Promise.all((await foldersOfDeadHosts(ledger.machineFolder)).map(recordsOf));
  return await orphansOf(records.flat());
}

/**
 * Ends what dead hosts left running, and forgets them. Hosts that sweep at the same time, or die while they do, don't disturb
 * each other: a process is signalled only while it is the very one that was written down, and forgotten only after that.
 *
 * @param forget removes what else was kept for one of their processes
 * @returns what was ended
 */
export async function sweepLedger(
  ledger: Ledger,
  forget: (record: LedgerRecord) => Promise<void> = async () => {},
): Promise<readonly OrphanedProcess[]> {
  await forgetEarlierBoots(ledger.folder, ledger.machineFolder);
  const hosts = await foldersOfDeadHosts(ledger.machineFolder);
  if (hosts.length === 0) return [];
  const records = (await Promise.all(hosts.map(recordsOf))).flat();
  const ended = new Map<number, OrphanedProcess>();
  // An orphan may start another process during the search.
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const orphans = await orphansOf(records);
    if (orphans.length === 0) break;
    for (const orphan of orphans) if (end(orphan)) ended.set(orphan.pid, orphan);
    await pauseAfterRound(round);
  }
  await Promise.all(records.map((record) => forget(record)));
  await Promise.all(hosts.map((folder) => rm(folder, { recursive: true, force: true })));
  return [...ended.values()];
}

function end(orphan: OrphanedProcess): boolean {
  const leads = orphan.isInstance && process.platform !== 'win32';
  return signalIfSame(orphan, 'SIGKILL', leads ? 'its group' : 'it');
}

async function orphansOf(records: readonly LedgerRecord[]): Promise<OrphanedProcess[]> {
  const plugins = new Map(records.map(({ mark, plugin }) => [mark, plugin]));
  const found = new Map<number, OrphanedProcess>();
  for (const { pid, startTime, plugin } of records) {
    // Without a start time another process may have the pid by now: then only its mark tells.
    if (pid === undefined || startTime === undefined || !isSameProcess({ pid, startTime })) continue;
    found.set(pid, { pid, startTime, plugin, isInstance: true });
  }
  for (const { pid, startTime, mark } of await findMarkedProcesses(INSTANCE_MARK, new Set(plugins.keys())))
    if (!found.has(pid)) found.set(pid, { pid, startTime, plugin: plugins.get(mark), isInstance: false });
  return [...found.values()].filter(({ pid }) => identifyProcess(pid) !== undefined);
}
