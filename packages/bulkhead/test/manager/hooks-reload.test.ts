import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deferred } from '../../src/lifecycle/deferred.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { observed } from '../test-home.ts';
import { ChangingPlugin } from './changing-plugin.ts';
import { until } from '../until.ts';

const head = 'from plugin_sdk import hook';

/** A hook `name` of `event` that adds `added` to a list. */
function hookOf(name: string, added: string, options = '', event = 'event'): string {
  return `    @hook("${event}"${options})\n    def ${name}(self, data):\n        return [*data, "${added}"]\n`;
}

let plugin: ChangingPlugin;
let manager: PluginManager;

beforeEach(async () => {
  plugin = await ChangingPlugin.make({ version: '1', head, body: hookOf('one', 'one 1'), entry: 'hooks: [event]' });
  manager = await PluginManager.open(plugin.registry, observed().options);
  manager.registerHook('event', (data: string[]) => [...data, 'host'], { id: 'mark', priority: 10 });
});

afterEach(async () => {
  await manager.close();
  await plugin[Symbol.asyncDispose]();
});

async function write(version: string, body: string, entry = 'hooks: [event]'): Promise<void> {
  await plugin.write({ version, head, body, entry });
}

async function run(): Promise<readonly string[]> {
  return await manager.executeHooks<string[]>('event', []);
}

describe('a reload', () => {
  test('puts the new hooks in the place of the old ones', async () => {
    expect(await run()).toEqual(['one 1', 'host']);
    await write('2', hookOf('two', 'two 2') + hookOf('one', 'one 2', ', priority=1'));
    await manager.reload('changing');
    expect(await run()).toEqual(['two 2', 'host', 'one 2']);
    const chain = await manager.hooks.explain('event');
    expect(chain.map(({ hook }) => hook)).toEqual(['changing.two', 'host.mark', 'changing.one']);
  });

  test('of a plugin whose hooks were not needed yet takes its new ones', async () => {
    await manager.executePlugin('changing', 1);
    await write('2', hookOf('one', 'one 2'));
    await manager.reload('changing');
    expect(await run()).toEqual(['one 2', 'host']);
  });

  test('fails when they can not be put in order, and the old ones serve on', async () => {
    await manager.executePlugin('changing', 1);
    manager.registerHook('event', (data: string[]) => data, { id: 'first', before: 'changing.one' });
    expect(await run()).toEqual(['one 1', 'host']);
    await write('2', hookOf('one', 'one 2', ', before="first"'));
    await expect(manager.reload('changing')).rejects.toMatchObject({
      code: 'HOOK_ORDER_UNSATISFIABLE',
      message: expect.stringContaining('It was not reloaded: version 1 (generation 1) keeps serving.') as string,
    });
    expect(await run()).toEqual(['one 1', 'host']);
    expect(manager.plugins()[0]).toMatchObject({ version: '1', state: 'ready' });
  });

  test('fails when an event is listed and no hook is offered', async () => {
    await run();
    await write('2', '');
    await expect(manager.reload('changing')).rejects.toMatchObject({ code: 'HOOK_NOT_OFFERED' });
    expect(await run()).toEqual(['one 1', 'host']);
  });

  test('takes the plugin into another event, and out of one', async () => {
    expect(await run()).toEqual(['one 1', 'host']);
    expect(await manager.executeHooks('other', [])).toEqual([]);
    await write('2', hookOf('one', 'other 2', '', 'other'), 'hooks: [other]');
    await manager.reload('changing');
    expect(await run()).toEqual(['host']);
    expect(await manager.executeHooks('other', [])).toEqual(['other 2']);
    expect(manager.hooks.events()).toEqual(['other', 'event']);
  });

  test('has hooks run again that were disabled', async () => {
    const failing = `    @hook("event", on_error="disable")\n    def one(self, data):\n        raise ValueError("no")\n`;
    await write('2', failing);
    await manager.reload('changing');
    expect(await run()).toEqual(['host']);
    await write('3', hookOf('one', 'one 3'));
    await manager.reload('changing');
    expect(await run()).toEqual(['one 3', 'host']);
  });

  test('in the middle of a chain leaves the plugin in it', async () => {
    const [begun, goOn] = [deferred<void>(), deferred<void>()];
    manager.registerHook(
      'event',
      async (data: string[]) => {
        begun.resolve();
        await goOn.promise;
        return data;
      },
      { priority: 100, timeout: 60_000 },
    );
    const running = run();
    await begun.promise;
    await write('2', hookOf('one', 'one 2'));
    await manager.reload('changing');
    goOn.resolve();
    expect(await running).toEqual(['one 2', 'host']);
  });

  test('with stop_first that fails leaves no chain without the plugin', async () => {
    expect(await run()).toEqual(['one 1', 'host']);
    await write('2', '', 'hooks: [event], reload: stop_first');
    await expect(manager.reload('changing')).rejects.toMatchObject({ code: 'HOOK_NOT_OFFERED' });
    await expect(run()).rejects.toMatchObject({ code: 'HOOK_NOT_OFFERED' });
    await write('3', hookOf('one', 'one 3'), 'hooks: [event], reload: stop_first');
    await manager.reload('changing');
    expect(await run()).toEqual(['one 3', 'host']);
  });
});

test('hooks run where several calls run at the same time, blocking ones and coroutines', async () => {
  const body = `${hookOf('one', 'one')}
    @hook("event")
    async def two(self, data):
        import asyncio
        await asyncio.sleep(0)
        return [*data, "two"]

    @hook("event")
    def three(self, data):
        return [*data, "three"]
`;
  await write('2', body, 'hooks: [event], concurrency: 4');
  await manager.reload('changing');
  const runs = await Promise.all(Array.from({ length: 20 }, run));
  expect(runs).toEqual(Array.from({ length: 20 }, () => ['one', 'two', 'three', 'host']));
  expect(manager.plugins()[0]?.instances[0]?.calls).toBe(20);
});

test('the start of a plugin counts as no time of its hooks', async () => {
  await write(
    '2',
    `    def initialize(self, config):\n        time.sleep(1.5)\n\n${hookOf('one', 'one', ', timeout=1')}`,
  );
  await manager.reload('changing');
  expect(await run()).toEqual(['one', 'host']);
  const [before] = manager.plugins()[0]?.instances ?? [];
  process.kill(before!.pid as number, 'SIGKILL');
  await until(() => manager.plugins()[0]?.instances.every(({ pid }) => pid !== before!.pid), 'the end of the instance');
  expect(await run()).toEqual(['one', 'host']);
});
