import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { INSTANCE_MARK, Ledger } from '../../../src/launcher/ledger/ledger.ts';
import { readLedger } from '../../../src/launcher/ledger/read-ledger.ts';
import { findOrphans, sweepLedger } from '../../../src/launcher/ledger/sweep-ledger.ts';
import { isSameProcess, type ProcessIdentity } from '../../../src/lifecycle/process-identity.ts';
import { gone, identify } from '../../processes.ts';
import { onlyOnLinux } from '../../not-run.ts';
import { untilHolds } from '../../until.ts';

const FACTS = { plugin: 'echo', folder: '/plugins/echo', role: 'instance' } as const;

let folder: string;
let ledger: Ledger;
const started: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-ledger-'));
  ledger = new Ledger(folder);
});

afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** A process that a plugin could be, or could have started. */
async function bystander(mark?: string): Promise<ProcessIdentity> {
  const child = spawn(process.execPath, ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1e6)'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: mark === undefined ? {} : { [INSTANCE_MARK]: mark },
  });
  started.push(child);
  await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  return identify(child.pid as number);
}

/** The folder of a host that has just died. */
async function deadHost(): Promise<string> {
  const host = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  const { pid, startTime } = identify(host.pid as number);
  host.kill('SIGKILL');
  await once(host, 'exit');
  const path = join(ledger.machineFolder, `${pid}-${startTime}`);
  mkdirSync(path, { recursive: true });
  return path;
}

test('an entry is there before its process, and goes with it; the last one takes the host along', () => {
  const [one, other] = [ledger.open(), ledger.open()];
  const own = join(ledger.machineFolder, readdirSync(ledger.machineFolder)[0] as string);
  expect(readdirSync(own).toSorted()).toEqual([one.mark, other.mark].toSorted());
  one.started({ ...FACTS, pid: 1, startTime: 1 });
  one.remove();
  expect(readdirSync(own)).toEqual([other.mark]);
  other.remove();
  expect(readdirSync(ledger.machineFolder)).toEqual([]);
});

test('what a dead host left running is ended, by its pid and start time or by its mark alone', async () => {
  const host = await deadHost();
  const [known, marked] = [await bystander(), await bystander('torn')];
  writeFileSync(join(host, 'whole'), JSON.stringify({ mark: 'whole', plugin: 'echo', ...known }));
  writeFileSync(join(host, 'torn'), '{"mark":"torn","plu');
  const expected = [
    { ...known, plugin: 'echo', isInstance: true },
    { ...marked, plugin: undefined, isInstance: false },
  ].toSorted((a, b) => a.pid - b.pid);
  expect([...(await findOrphans(ledger))].toSorted((a, b) => a.pid - b.pid)).toEqual(expected);
  expect([known, marked].every(isSameProcess)).toBe(true);
  expect([...(await sweepLedger(ledger))].toSorted((a, b) => a.pid - b.pid)).toEqual(expected);
  await Promise.all([known, marked].map((each) => gone(each)));
  expect(existsSync(host)).toBe(false);
  expect(await sweepLedger(ledger)).toEqual([]);
});

test('a process that was given the pid of a dead one is left alone', async () => {
  const host = await deadHost();
  const another = await bystander();
  const startTime = (another.startTime as number) - 1;
  writeFileSync(join(host, 'mark'), JSON.stringify({ mark: 'mark', plugin: 'echo', pid: another.pid, startTime }));
  expect(await sweepLedger(ledger)).toEqual([]);
  expect(isSameProcess(another)).toBe(true);
  expect(existsSync(host)).toBe(false);
});

test('what a living host, or another machine, has running is left alone', async () => {
  const mine = await bystander('mine');
  const entry = ledger.open();
  entry.started({ ...FACTS, ...mine });
  const elsewhere = join(folder, 'elsewhere~12345678~1', '1-1');
  mkdirSync(elsewhere, { recursive: true });
  writeFileSync(join(elsewhere, 'mark'), JSON.stringify({ mark: 'mark', plugin: 'echo', ...mine }));
  expect(await sweepLedger(ledger)).toEqual([]);
  expect(isSameProcess(mine)).toBe(true);
  expect(existsSync(elsewhere)).toBe(true);
});

test('what was written down before the machine was started again is forgotten', async () => {
  const [machine, , namespace] = basename(ledger.machineFolder).split('~');
  const earlier = join(folder, `${machine}~00000000~${namespace}`);
  mkdirSync(join(earlier, '1-1'), { recursive: true });
  await sweepLedger(ledger);
  expect(existsSync(earlier)).toBe(false);
});

test('two hosts that sweep at once end it once each or not at all, and neither fails', async () => {
  const host = await deadHost();
  const left = await bystander();
  writeFileSync(join(host, 'mark'), JSON.stringify({ mark: 'mark', plugin: 'echo', ...left }));
  const swept = await Promise.all([sweepLedger(ledger), sweepLedger(new Ledger(folder))]);
  expect(swept.flat().length).toBeGreaterThanOrEqual(1);
  await gone(left);
});

test('a ledger that cannot be written keeps nothing from starting', () => {
  writeFileSync(join(folder, 'file'), '');
  const entry = new Ledger(join(folder, 'file')).open();
  entry.started({ ...FACTS, ...identify(process.pid) });
  expect(() => entry.remove()).not.toThrow();
});

test('what runs is told with what was noted of it; what is gone is not, and a fork goes under the mark of its template', async () => {
  const [template, fork] = [await bystander(), await bystander()];
  const entry = ledger.open();
  entry.started({ ...FACTS, ...template, role: 'template' });
  const own = entry.fork(1);
  own.note({ ...FACTS, ...fork, role: 'spare' });
  own.note({ role: 'instance', generation: 2, health: 'busy' });
  const host = { pid: process.pid, state: 'running' };
  const expected = [
    { ...FACTS, ...template, mark: entry.mark, role: 'template', host },
    { ...FACTS, ...fork, mark: entry.mark, role: 'instance', generation: 2, health: 'busy', host },
  ];
  await untilHolds(async () => expect(byRole(await readLedger(ledger))).toEqual(byRole(expected)));
  process.kill(fork.pid, 'SIGKILL');
  await gone(fork);
  expect(await readLedger(ledger)).toEqual([expected[0]]);
  own.remove();
  entry.remove();
  expect(await readLedger(ledger)).toEqual([]);
});

test('of a host that is gone no health is told, and its forks are ended by the next one with their groups', async () => {
  const host = await deadHost();
  const [template, fork] = [await bystander(), await bystander()];
  const facts = { ...FACTS, health: 'ready' };
  writeFileSync(join(host, 'mark'), JSON.stringify({ ...facts, ...template, role: 'template' }));
  writeFileSync(join(host, 'mark.7'), JSON.stringify({ ...facts, ...fork }));
  writeFileSync(join(host, '.mark.8'), 'a draft');
  const running = await readLedger(ledger);
  expect(running.map(({ pid }) => pid).toSorted()).toEqual([template.pid, fork.pid].toSorted());
  for (const each of running) expect(each).toMatchObject({ health: undefined, host: { state: 'gone' } });
  expect((await sweepLedger(ledger)).every(({ isInstance }) => isInstance)).toBe(true);
  await Promise.all([template, fork].map((each) => gone(each)));
  expect(existsSync(host)).toBe(false);
});

test(
  'of a host that was stopped no health is told either',
  onlyOnLinux('the state of a process is read from /proc'),
  async () => {
    const stopped = spawn(process.execPath, ['-e', 'process.stdout.write("up"); process.stdin.resume()']);
    started.push(stopped);
    await once(stopped.stdout, 'data');
    const { pid, startTime } = identify(stopped.pid as number);
    const path = join(ledger.machineFolder, `${pid}-${startTime}`);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'mark'), JSON.stringify({ ...FACTS, ...(await bystander()), health: 'ready' }));
    expect(await readLedger(ledger)).toMatchObject([{ health: 'ready', host: { pid, state: 'running' } }]);
    stopped.kill('SIGSTOP');
    await untilHolds(async () =>
      expect(await readLedger(ledger)).toMatchObject([{ health: undefined, host: { pid, state: 'stopped' } }]),
    );
  },
);

function byRole<Process extends { readonly role: string }>(processes: readonly Process[]): readonly Process[] {
  return processes.toSorted((a, b) => a.role.localeCompare(b.role));
}
