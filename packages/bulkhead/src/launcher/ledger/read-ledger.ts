import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isHostAlive } from '../../lifecycle/host-name.ts';
import { isSameProcess, isStopped } from '../../lifecycle/process-identity.ts';
import { readRegularFile } from '../../lifecycle/read-regular-file.ts';
import { type Ledger, type LedgerRecord, markOfEntry, notePrefix, type ProcessFacts } from './ledger.ts';

/** Bytes. A host with ten thousand leases writes about 1 MB. */
const LARGEST_NOTE = 4 * 1024 * 1024;
const LARGEST_ENTRY = 64 * 1024;

/** A process that some host has started for a plugin, and that runs now. */
export interface RunningProcess extends ProcessFacts {
  /** A host that is stopped knows nothing of `health`; if it is gone, the next host ends the process. */
  readonly host: HostState;
}

export interface HostState {
  readonly pid: number;
  readonly state: 'running' | 'stopped' | 'gone';
}

/** What a running host has noted. */
export interface ReadNote {
  readonly host: HostState;
  readonly text: string;
}

/** The processes that hosts with this ledger run on this machine. */
export async function readLedger(ledger: Ledger): Promise<readonly RunningProcess[]> {
  const hosts = await namesIn(ledger.machineFolder);
  const running = await Promise.all(hosts.map((name) => processesOf(ledger, name)));
  return running.flat();
}

/** The notes of that kind, of all hosts with this ledger on this machine that still exist. */
export async function readNotes({ machineFolder }: Ledger, kind: string): Promise<readonly ReadNote[]> {
  const notesOf = async (name: string): Promise<ReadNote[]> => {
    const names = (await namesIn(join(machineFolder, name))).filter((each) => each.startsWith(notePrefix(kind)));
    const texts = await Promise.all(names.map((each) => textOf(join(machineFolder, name, each), LARGEST_NOTE)));
    const host = stateOf(name); // afterwards: one that ended meanwhile holds nothing any more
    return host.state === 'gone' ? [] : texts.map((text) => ({ host, text }));
  };
  return (await Promise.all((await namesIn(machineFolder)).map(notesOf))).flat();
}

async function processesOf({ machineFolder }: Ledger, name: string): Promise<readonly RunningProcess[]> {
  const host = stateOf(name);
  const records = await recordsOf(join(machineFolder, name));
  return records.filter(isOfRunning).map((record) => ({
    ...record,
    health: host.state === 'running' ? record.health : undefined,
    host,
  }));
}

/** Of the host with that folder. */
function stateOf(name: string): HostState {
  const pid = Number.parseInt(name, 10);
  return { pid, state: !isHostAlive(name) ? 'gone' : isStopped(pid) ? 'stopped' : 'running' };
}

/** One that is being started is not known yet; an end may not have been crossed out yet. */
function isOfRunning(record: LedgerRecord): record is LedgerRecord & ProcessFacts {
  const { pid, startTime, plugin, folder, role } = record;
  if (pid === undefined || plugin === undefined || folder === undefined || role === undefined) return false;
  return isSameProcess({ pid, startTime });
}

/** What stands in the entries of the host with this folder. One that was not finished tells its mark by its name, and nothing else. */
export async function recordsOf(host: string): Promise<LedgerRecord[]> {
  const read = async (name: string): Promise<LedgerRecord[]> => {
    const mark = markOfEntry(name);
    if (mark === undefined) return [];
    return [{ ...parse(await textOf(join(host, name), LARGEST_ENTRY)), mark }];
  };
  return (await Promise.all((await namesIn(host)).map(read))).flat();
}

export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return []; // nobody has written one, or has just removed it
  }
}

function parse(text: string): Partial<LedgerRecord> {
  try {
    const record = JSON.parse(text) as LedgerRecord;
    return typeof record === 'object' && record !== null ? record : {};
  } catch {
    return {};
  }
}

/** Empty for what is gone by now, or no file of a host's: a FIFO, a link, a folder, or more than a host writes. */
async function textOf(file: string, most: number): Promise<string> {
  try {
    return (await readRegularFile(file, most, 'refused')).toString();
  } catch {
    return '';
  }
}
