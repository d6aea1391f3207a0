import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SurvivorSearch } from '../../../src/launcher/ledger/end-survivors.ts';
import { INSTANCE_MARK, Ledger, type LedgerEntry } from '../../../src/launcher/ledger/ledger.ts';
import { isSameProcess, type ProcessIdentity } from '../../../src/lifecycle/process-identity.ts';
import { onlyOnLinux } from '../../not-run.ts';
import { gone, identify } from '../../processes.ts';
import { until } from '../../until.ts';

let folder: string;
let ledger: Ledger;
const started: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-survivors-'));
  ledger = new Ledger(folder);
});

afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** A process that the instance of this entry could have started, in a group of its own. */
async function survivorOf({ mark }: LedgerEntry): Promise<ProcessIdentity> {
  const child = spawn(process.execPath, ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1e6)'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { [INSTANCE_MARK]: mark },
  });
  started.push(child);
  await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  return identify(child.pid as number);
}

describe('what an instance that has exited left running', onlyOnLinux('marks are read from /proc'), () => {
  test('is ended, and then the instance is forgotten; what others left is not', async () => {
    const search = new SurvivorSearch();
    const [entry, other] = [ledger.open(), ledger.open()];
    const [one, two, foreign] = [await survivorOf(entry), await survivorOf(entry), await survivorOf(other)];
    search.endSurvivorsOf(entry);
    await Promise.all([one, two].map((each) => gone(each)));
    await until(async () => (await marks()).join() === other.mark, 'the end of the entry');
    expect(isSameProcess(foreign)).toBe(true);
  });

  test('is ended of each instance that exits while a search is under way', async () => {
    const search = new SurvivorSearch();
    const entries = [ledger.open(), ledger.open(), ledger.open()];
    const survivors = await Promise.all(entries.map(survivorOf));
    for (const entry of entries) search.endSurvivorsOf(entry);
    await Promise.all(survivors.map((each) => gone(each)));
    await until(async () => (await marks()).length === 0, 'the end of the entries');
  });
});

/** Of the instances that stand in the ledger. */
async function marks(): Promise<string[]> {
  const hosts = await readdir(ledger.machineFolder);
  const entries = hosts.map((host) => readdir(join(ledger.machineFolder, host)).catch(() => []));
  return (await Promise.all(entries)).flat();
}
