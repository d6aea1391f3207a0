import { once } from 'node:events';
import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { environmentsOf } from '../../src/environment/environments.ts';
import { LEASE } from '../../src/lifecycle/file-lock.ts';
import { identify } from '../processes.ts';
import { canUnshare } from '../lifecycle/lock-holder.ts';
import { until } from '../until.ts';
import { prepareInOtherProcess } from './other-process.ts';
import { SlowPackage } from './slow-package.ts';
import { Workbench } from './workbench.ts';

describe('builds of several hosts', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
  });
  afterEach(async () => {
    await bench.close();
  });

  const lockNames = (): string[] => readdirSync(bench.state.locks.path).filter((name) => name.endsWith('.lock'));
  const providerWith = (patience: number): ReturnType<typeof environmentsOf>['uv'] =>
    environmentsOf({ variables: bench.variables, patience }).uv;

  /** As if the lease of whatever is locked had passed. */
  const letLeasesPass = (): void => {
    for (const file of lockNames().map((name) => join(bench.state.locks.path, name))) {
      const time = (statSync(file).mtimeMs - LEASE - 1_000) / 1_000;
      utimesSync(file, time, time);
    }
  };

  test('a wait for the same environment has a limit, and names the holder, its lock and the cure', async () => {
    const slow = await SlowPackage.in(bench);
    const spec = bench.spec({ dependencies: [slow.requirement] });
    const { child, answer } = prepareInOtherProcess(bench, 'uv', spec);
    await slow.begun();
    const error = await bench.failure('ENVIRONMENT_BUSY', bench.prepareSpec(providerWith(100), spec));
    const file = join(bench.state.locks.path, lockNames().find((name) => /^[0-9a-f]{32}\.lock$/.test(name)) ?? '');
    expect(error.details).toMatchObject({
      holder: `process ${child.pid} on ${hostname()}`,
      purpose: 'building the environment of sample',
      file,
    });
    expect(error.advice).toContain(`remove its lock ${file}`);
    expect(bench.events.find(({ step }) => step === 'waiting')?.message).toBe(
      `waiting: process ${child.pid} on ${hostname()} is building the environment of sample; if nothing of it is left, remove ${file}`,
    );
    await slow.letGo();
    expect(await answer).toMatchObject({ built: true });
  });

  test('so has a wait for a turn', async () => {
    const slow = await Promise.all(['one', 'two'].map((folder) => SlowPackage.in(bench, folder)));
    const others = slow.map(({ requirement }, index) =>
      prepareInOtherProcess(bench, 'uv', bench.spec({ id: `slow${index}`, dependencies: [requirement] })),
    );
    await Promise.all(slow.map((each) => each.begun()));
    const error = await bench.failure('ENVIRONMENT_BUSY', bench.prepare(providerWith(100), { dependencies: ['six'] }));
    expect(error.details.file).toBe(join(bench.state.locks.path, 'build-slot-0.lock'));
    expect(error.details.purpose).toMatch(/^building the environment of slow[01]$/);
    expect(bench.events.at(-1)?.message).toContain('waiting for a turn, because 2 builds at a time are enough');
    await Promise.all(slow.map((each) => each.letGo()));
    await Promise.all(others.map(({ answer }) => answer));
    expect(await bench.leftovers()).toEqual([]);
  });

  test('a build whose lock was lost is never finished: the host waits for the new holder and starts anew', async () => {
    const slow = await SlowPackage.in(bench);
    const built = bench.prepare(environmentsOf({ variables: bench.variables }).uv, {
      dependencies: [slow.requirement],
    });
    await slow.begun();
    const lock = join(bench.state.locks.path, lockNames().find((name) => !name.startsWith('build-slot')) ?? '');
    rmSync(lock);
    const owner = { pid: 1, startTime: 1, token: 'far', machine: 'far', host: 'far', purpose: 'building, too' };
    writeFileSync(lock, JSON.stringify(owner));
    await slow.letGo();
    await until(
      () => bench.events.some(({ message }) => message.includes('process 1 on far is building, too')),
      'the wait',
    );
    expect(bench.events.some(({ message }) => message.startsWith('starting anew, because'))).toBe(true);
    expect(readdirSync(bench.state.environments)).toEqual([]);
    rmSync(lock);
    expect(await built).toMatchObject({ built: true });
    expect(await bench.leftovers()).toEqual([]);
  });

  describe.skipIf(!canUnshare)('of which one runs in a container', () => {
    test('take over from it when it was killed, a lease later', async () => {
      const slow = await SlowPackage.in(bench);
      const spec = bench.spec({ dependencies: [slow.requirement] });
      const { child } = prepareInOtherProcess(bench, 'uv', spec, 'under another host name');
      const backend = identify(await slow.begun());
      child.kill('SIGKILL');
      await once(child, 'exit');
      letLeasesPass();
      const built = bench.prepareSpec(environmentsOf({ variables: bench.variables }).uv, spec);
      expect(await slow.begun()).not.toBe(backend.pid);
      await slow.letGo();
      expect(await built).toMatchObject({ built: true, packages: { slowpackage: '1.0' } });
      expect(await bench.leftovers()).toEqual([]);
      expect(readdirSync(bench.state.environments)).toHaveLength(1);
    });

    test('take over from it while it is stopped, and it uses what they made', async () => {
      const slow = await SlowPackage.in(bench);
      const spec = bench.spec({ dependencies: [slow.requirement] });
      const { child, answer } = prepareInOtherProcess(bench, 'uv', spec, 'under another host name');
      await slow.begun();
      child.kill('SIGSTOP');
      letLeasesPass();
      const built = bench.prepareSpec(environmentsOf({ variables: bench.variables }).uv, spec);
      await slow.begun();
      await slow.letGo();
      const { runtime } = await built;
      child.kill('SIGCONT');
      expect(await answer).toEqual({ built: false, runtime });
      expect(await bench.leftovers()).toEqual([]);
      expect(readdirSync(bench.state.environments)).toHaveLength(1);
    });
  });
});
