import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Workshop } from './workshop.ts';
import { untilHolds } from '../until.ts';

const PROGRAM = fileURLToPath(new URL('../fixtures/programs/locking-host.mjs', import.meta.url));

let workshop: Workshop;
let host: ChildProcess;

beforeEach(async () => {
  workshop = await Workshop.open();
  host = spawn(process.execPath, [PROGRAM, workshop.home], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(host.stdout!, 'data');
});
afterEach(async () => {
  if (host.exitCode === null && host.signalCode === null) {
    const exited = once(host, 'exit');
    host.kill('SIGKILL');
    await exited;
  }
  await workshop[Symbol.asyncDispose]();
});

async function listed(): Promise<readonly Record<string, unknown>[]> {
  const { stdout } = await workshop.run(['locks', '--json']);
  return (JSON.parse(stdout) as { resources: Record<string, unknown>[] }).resources;
}

/** It writes it down soon. */
async function all(): Promise<readonly Record<string, unknown>[]> {
  return await untilHolds(async () => {
    const resources = await listed();
    expect(resources).toHaveLength(2);
    return resources;
  });
}

test('shows who holds and who waits, in another process', async () => {
  const since = expect.any(Number) as number;
  const token = expect.any(Number) as number;
  const where = { pid: host.pid, state: 'running' };
  const ledger = { owner: 'nightly import', mode: 'exclusive', amount: 1, token, since };
  expect(await all()).toEqual([
    { name: 'ledger.csv', capacity: null, holders: [ledger], waiting: [], host: where },
    {
      name: 'gpu',
      capacity: 4,
      holders: [{ owner: 'forecaster.train', mode: 'shared', amount: 3, token, since }],
      waiting: [{ owner: 'text_tools.embed', mode: 'exclusive', amount: 4, priority: 0, since }],
      host: where,
    },
  ]);
  const { exitCode, stdout, stderr } = await workshop.run(['locks']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const number = String(host.pid);
  expect(stdout.replaceAll(/ {2,}/g, ' | ').replaceAll(/[\d.]+ s/g, '? s')).toBe(
    [
      'RESOURCE | UNITS | OWNER | STATE | FOR | MODE | HOST',
      `ledger.csv | - | nightly import | holds | ? s | exclusive | ${number}`,
      `gpu | 3/4 | forecaster.train | holds | ? s | shared | ${number}`,
      `gpu | 4/4 | text_tools.embed | waits | ? s | exclusive | ${number}`,
      '',
    ].join('\n'),
  );
});

test.each(['killed', 'closed'])('shows nothing of a host that was %s', async (how) => {
  await all();
  const exited = once(host, 'exit');
  if (how === 'killed') host.kill('SIGKILL');
  else host.stdin!.end();
  await exited;
  expect(await listed()).toEqual([]);
  expect(await workshop.run(['locks'])).toMatchObject({
    exitCode: 0,
    stdout: 'No running host has a resource that is held or waited for.\n',
  });
  if (how === 'killed') return;
  for (const machine of await readdir(join(workshop.home, 'instances')))
    expect(await readdir(join(workshop.home, 'instances', machine))).toEqual([]);
});

test('shows what can be read, whatever else lies beside the notes', async () => {
  const resources = await all();
  const machines = join(workshop.home, 'instances');
  const [machine = ''] = await readdir(machines);
  const [own = ''] = await readdir(join(machines, machine));
  const notes = join(machines, machine, own);
  const note = (await readdir(notes)).find((name) => name.startsWith('.leases-')) ?? '';
  const text = await readFile(join(notes, note), 'utf8');
  await writeFile(join(notes, '.leases-torn'), text.slice(0, text.length / 2));
  await writeFile(
    join(notes, '.leases-other'),
    '[null, 1, {"name": "x"}, {"name": "x", "capacity": 1, "holders": [{}]}]',
  );
  await writeFile(join(notes, '.leases-large'), `[${' '.repeat(5_000_000)}]`);
  await promisify(execFile)('mkfifo', [join(notes, '.leases-fifo')]);
  await symlink(join(notes, note), join(notes, '.leases-link'));
  await mkdir(join(notes, '.leases-folder'));
  expect(await listed()).toEqual(resources);
  expect(await workshop.run(['locks'])).toMatchObject({ exitCode: 0, stderr: '' });
});
