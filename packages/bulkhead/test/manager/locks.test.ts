import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginStream } from '../../src/session/plugin-stream.ts';
import { observed } from '../test-home.ts';
import { untilHolds } from '../until.ts';
import { onThisWire, overEachWire } from '../wires.ts';

let manager: PluginManager;
let lines: Record<string, unknown>[];
let folder: string;

overEachWire(() => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulkhead-locks-'));
    const { options, lines: observedLines } = observed();
    lines = observedLines;
    manager = await PluginManager.open(await onThisWire('locks.yaml'), options);
  });

  afterEach(async () => {
    await letGo();
    await manager.close();
    await rm(folder, { recursive: true });
  });

  /** A file whose being there lets the plugins go on that wait for it. */
  const until = (): string => join(folder, 'go-on');
  const letGo = async (): Promise<void> => await writeFile(until(), '');

  /** Until a plugin has said so many times that it has what it wanted. */
  async function said(msg: string, plugin: string, times = 1): Promise<Record<string, unknown>[]> {
    return await untilHolds(() => {
      const found = lines.filter((line) => line['msg'] === msg && line['plugin'] === plugin);
      expect(found).toHaveLength(times);
      return found;
    });
  }

  async function waits(owner: string): Promise<void> {
    const names = (): string[] =>
      manager.resources.status().flatMap(({ waiting }) => waiting.map((each) => each.owner));
    await untilHolds(() => expect(names()).toContain(owner));
  }

  function holders(): string[] {
    return manager.resources.status().flatMap(({ holders: all }) => all.map(({ owner }) => owner));
  }

  async function isFree(): Promise<void> {
    await untilHolds(() => expect(holders()).toEqual([]));
  }

  function holds(plugin: string, lock: Record<string, unknown>, signal?: AbortSignal): Promise<unknown> {
    return manager.executePlugin(plugin, { lock, until: until() }, signal === undefined ? {} : { signal });
  }

  function attempt(plugin: string, lock: Record<string, unknown>): Promise<unknown> {
    return manager.executePlugin(plugin, lock, { action: 'attempt' });
  }

  test.each([
    ['first', 'second'],
    ['several', 'several'],
    ['forks', 'forks'],
  ])('no two calls, of %s and %s, have it at the same time', async (...plugins) => {
    const data = { name: 'door', marker: join(folder, 'inside'), times: 20 };
    const calls = [...plugins, ...plugins].map((plugin) => manager.executePlugin(plugin, data, { action: 'alone' }));
    expect(await Promise.all(calls)).toEqual([0, 0, 0, 0]);
    expect(holders()).toEqual([]);
  });

  test('the application locks as plugins do', async () => {
    const lease = await manager.resources.acquire('import job', 'door');
    expect(await attempt('first', { name: 'door', timeout: 0 })).toMatchObject({
      code: 'RESOURCE_CONFLICT',
      message: expect.stringMatching(
        /^first\.attempt did not get resource "door" at once: import job has held it for /,
      ) as string,
      data: { holders: [{ owner: 'import job', mode: 'exclusive' }], waiting: [] },
    });
    const waiting = attempt('first', { name: 'door', timeout: 60 });
    await waits('first.attempt');
    lease.release();
    expect(await waiting).toBeGreaterThan(lease.token);
  });

  test('a resource with a capacity is shared up to that, by forked instances too', async () => {
    const calls = [holds('forks', { name: 'gpu', timeout: 60 }), holds('forks', { name: 'gpu', timeout: 60 })];
    await said('has it', 'forks', 2);
    const third = attempt('second', { name: 'gpu', timeout: 0 });
    expect(await third).toMatchObject({ code: 'RESOURCE_CONFLICT' });
    expect(await attempt('second', { name: 'gpu', amount: 3 })).toMatchObject({ code: 'ARGUMENT_INVALID' });
    await letGo();
    const [one, two] = (await Promise.all(calls)) as { pid: number }[];
    expect(one?.pid).not.toBe(two?.pid);
  });

  test('sharers keep the exclusive out, and each other not', async () => {
    const calls = ['first', 'second'].map((plugin) => holds(plugin, { name: 'book', mode: 'shared' }));
    await Promise.all([said('has it', 'first'), said('has it', 'second')]);
    expect(await attempt('third', { name: 'book', timeout: 0 })).toMatchObject({
      code: 'RESOURCE_CONFLICT',
      message: expect.stringContaining('first.execute has held it') as string,
    });
    await letGo();
    await Promise.all(calls);
  });

  test('async code waits for it and has it', async () => {
    const lease = await manager.resources.acquire('import job', 'door');
    const calls = ['several', 'third'].map((plugin) =>
      manager.executePlugin(plugin, { name: 'door', until: until(), timeout: 60 }, { action: 'later' }),
    );
    await Promise.all(calls.map((_, index) => waits(`${['several', 'third'][index]}.later`)));
    await letGo();
    lease.release();
    expect(await Promise.all(calls)).toEqual([null, null]);
  });

  describe('it is free again', () => {
    test('at the end of its block, though the call goes on', async () => {
      const call = manager.executePlugin('first', { name: 'door', until: until() }, { action: 'early' });
      await said('let go', 'first');
      expect(await attempt('second', { name: 'door', timeout: 0 })).toBeTypeOf('number');
      await letGo();
      await call;
    });

    test.each(['keeps', 'raises'])('when its call ends that %s', async (action) => {
      await manager.executePlugin('first', { name: 'door' }, { action }).catch(() => {});
      expect(holders()).toEqual([]);
    });

    test('when its reader leaves a stream', async () => {
      const stream = (await manager.executePlugin('first', { name: 'door' }, { action: 'each' })) as PluginStream;
      for await (const token of stream) {
        expect(token).toBeTypeOf('number');
        expect(holders()).toEqual(['first.each']);
        break;
      }
      await isFree();
    });

    test('when its process is killed', async () => {
      const call = holds('first', { name: 'door' });
      const [line] = await said('has it', 'first');
      const waiting = attempt('second', { name: 'door', timeout: 60 });
      await waits('second.attempt');
      process.kill((line!['fields'] as { pid: number }).pid, 'SIGKILL');
      await expect(call).rejects.toMatchObject({ code: 'PLUGIN_CRASHED' });
      expect(await waiting).toBeTypeOf('number');
    });

    test.each(['first', 'several'])('when the call that has it in %s is cancelled', async (plugin) => {
      const controller = new AbortController();
      const call = holds(plugin, { name: 'door' }, controller.signal);
      await said('has it', plugin);
      controller.abort();
      await expect(call).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
      await isFree();
    });

    test('when the process of a call that does not end had to be replaced', async () => {
      const data = { name: 'door', until: until() };
      const controller = new AbortController();
      const call = manager.executePlugin('third', data, { action: 'stubborn', signal: controller.signal });
      await said('has it', 'third');
      controller.abort();
      await expect(call).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
      await isFree();
      expect(await attempt('third', { name: 'door' })).toBeTypeOf('number');
    });

    test.each(['CALL_CANCELLED', 'CALL_TIMEOUT'])(
      'and not while a call still runs that was given up: %s',
      async (code) => {
        const data = { name: 'door', until: until() };
        const controller = new AbortController();
        await manager.startPlugin('first');
        const limits = code === 'CALL_TIMEOUT' ? { timeout: 3_000 } : { signal: controller.signal };
        const call = manager.executePlugin('first', data, { action: 'stubborn', ...limits });
        call.catch(() => {});
        await said('has it', 'first');
        controller.abort();
        await expect(call).rejects.toMatchObject({ code });
        await said('goes on', 'first');
        expect(holders()).toEqual(['first.stubborn']);
        await letGo();
        await isFree();
      },
    );
  });

  test.each(['first', 'several'])('a call of %s that waits for it can be cancelled', async (plugin) => {
    await using _ = await manager.resources.acquire('import job', 'door');
    const controller = new AbortController();
    const call = holds(plugin, { name: 'door', timeout: 600 }, controller.signal);
    await waits(`${plugin}.execute`);
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    expect(manager.resources.status().flatMap(({ waiting }) => waiting)).toEqual([]);
    expect(await attempt(plugin, { name: 'window' })).toBeTypeOf('number');
    expect(manager.plugins().map(({ restarts }) => restarts)).toEqual([0, 0, 0, 0, 0]);
  });

  test('a plugin that is called and wants what its caller has is told of the circle', async () => {
    const call = manager.executePlugin('first', { name: 'door', route: ['second', 'third'] }, { action: 'calls' });
    await expect(call).rejects.toMatchObject({
      context: { plugin: 'first', remoteType: 'plugin_sdk.RemoteError' },
      message: expect.stringMatching(
        /second\.calls would wait for resource "door" for ever: second\.calls waits for door, first\.calls holds door and waits for the end of second\.calls/,
      ) as string,
    });
    expect(holders()).toEqual([]);
  });

  test('one that runs several calls at once might go on meanwhile: there the time ends the wait', async () => {
    const data = { name: 'door', route: ['second'], timeout: 0.2 };
    await expect(manager.executePlugin('several', data, { action: 'calls' })).rejects.toMatchObject({
      context: { plugin: 'several', remoteType: 'plugin_sdk.RemoteError' },
      message: expect.stringMatching(
        /second\.calls did not get resource "door" .* several\.calls has held it/,
      ) as string,
    });
    expect(holders()).toEqual([]);
  });

  test('waits, refusals and leases are counted, by name only where the registry knows it', async () => {
    const lease = await manager.resources.acquire('import job', 'gpu', { amount: 2 });
    await manager.resources.acquire('import job', 'made up');
    await attempt('first', { name: 'gpu', timeout: 0 });
    const text = await manager.metrics();
    expect(text).toContain('bulkhead_resource_leases{resource="gpu"} 1');
    expect(text).toContain('bulkhead_resource_leases{resource=""} 1');
    expect(text).toContain('bulkhead_resource_refusals_total{resource="gpu",reason="conflict"} 1');
    expect(text).toContain('bulkhead_resource_wait_seconds_count{resource="gpu"} 1');
    expect(text).not.toContain('made up');
    lease.release();
    expect(await manager.metrics()).toContain('bulkhead_resource_leases{resource="gpu"} 0');
  });

  test('a mistake in the resources of a registry names its place', async () => {
    const file = join(folder, 'plugins.yaml');
    await writeFile(file, 'resources:\n  gpu: 0\n  tape: many\nplugins: []\n');
    await expect(PluginManager.open(file)).rejects.toMatchObject({
      code: 'REGISTRY_INVALID',
      details: {
        mistakes: [
          { line: 2, column: 8, message: 'resources.gpu: expected a whole number of units, from 1 on, found 0' },
          { line: 3, column: 9, message: 'resources.tape: expected a whole number of units, from 1 on, found "many"' },
        ],
      },
    });
  });
});
