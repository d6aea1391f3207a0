import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identifyProcess } from '../../src/lifecycle/process-identity.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginStatus } from '../../src/manager/plugin-status.ts';
import type { PluginStream } from '../../src/session/plugin-stream.ts';
import { gone, identify } from '../processes.ts';
import { fixture, observed } from '../test-home.ts';
import { ChangingPlugin, type Version } from './changing-plugin.ts';
import { until } from '../until.ts';

interface Answer {
  readonly version: string;
  readonly value: unknown;
  readonly pid: number;
}

let plugin: ChangingPlugin;
let manager: PluginManager;
let lines: Record<string, unknown>[];

beforeEach(async () => {
  plugin = await ChangingPlugin.make({ version: '1.0.0' });
  const observation = observed();
  lines = observation.lines;
  manager = await PluginManager.open(plugin.registry, observation.options);
});

afterEach(async () => {
  await manager.close();
  await plugin[Symbol.asyncDispose]();
});

describe('a reload', () => {
  test('sends calls to the new version, ends the old instance, and says what has changed', async () => {
    const before = identify((await call()).pid);
    await plugin.write({ version: '2.0.0' });
    const report = await manager.reload('changing');
    expect(report).toMatchObject({
      plugin: 'changing',
      before: { version: '1.0.0', generation: 1 },
      after: { version: '2.0.0', generation: 2 },
      rebuilt: false,
    });
    expect(report.before?.environment).toBe(report.after.environment);
    expect(await call('more')).toMatchObject({ version: '2.0.0', value: 'more' });
    await gone(before);
    await until(() => status().instances.length === 1, 'the end of the old instance');
    expect(status()).toMatchObject({ version: '2.0.0', instances: [{ generation: 2, state: 'idle' }] });
    expect(await manager.metrics()).toContain('bulkhead_reloads_total{plugin_id="changing",outcome="reloaded"} 1');
    expect(await manager.metrics()).toContain('ending="reloaded"} 1');
    expect(lines).toContainEqual(
      expect.objectContaining({ plugin: 'changing', msg: 'reloaded: 1.0.0 -> 2.0.0, generation 2, environment found' }),
    );
  });

  test.each(['spawn', 'fork'])('never fails a call of those who call without a pause, started by %s', async (start) => {
    const entry = `start: ${start}, instances: { max: 3 }`;
    await plugin.write({ version: '0', entry });
    await manager.reload('changing');
    const seen = new Set<string>();
    let isOver = false;
    let calls = 0;
    const callers = Array.from({ length: 8 }, async (_, caller) => {
      for (let number = 0; !isOver; number += 1) {
        const answer = await call({ caller, number });
        expect(answer.value).toEqual({ caller, number });
        seen.add(answer.version);
        calls += 1;
      }
    });
    const reloads: number[] = [];
    for (let version = 1; version <= 12; version += 1) {
      await plugin.write({ version: String(version), entry });
      const { after } = await manager.reload('changing');
      reloads.push(after.generation ?? 0);
      const enough = calls + 20;
      await until(() => calls >= enough, 'answers after the reload');
    }
    isOver = true;
    await Promise.all(callers);
    expect([...seen].map(Number).toSorted((one, other) => one - other)).toEqual([...Array(13).keys()]);
    expect(reloads).toEqual(reloads.toSorted((one, other) => one - other));
    const { after } = await manager.reload('changing');
    expect(after.generation).toBeGreaterThan(reloads.at(-1) ?? Number.POSITIVE_INFINITY);
  });

  test('lets calls and streams that run go on to their end, and hands over those that wait', async () => {
    await plugin.write({ version: '1', entry: 'instances: { max: 1 }' });
    await manager.reload('changing');
    const file = join(plugin.folder, 'go-on');
    const stream = (await action('count_until', { file })) as PluginStream;
    expect((await stream.next()).value).toBe(1);
    const running = action('wait_for', { file });
    const old = status().instances[0];
    await plugin.write({ version: '2', entry: 'instances: { max: 1 }' });
    await manager.reload('changing');
    expect(await call()).toMatchObject({ version: '2' });
    expect(status().instances).toMatchObject([
      { pid: old?.pid, state: 'leaving', inFlight: 2 },
      { state: 'idle', inFlight: 0 },
    ]);
    await writeFile(file, '');
    let last = await stream.next();
    while (last.done !== true) last = await stream.next();
    expect(last.value).toBe('1');
    expect(await running).toBe('1');
    await until(() => status().instances.length === 1, 'the end of the old instance');
  });

  test('hands over the calls that wait for an instance that is starting', async () => {
    const go = join(plugin.folder, 'go-on');
    const slow = `    def initialize(self, config):\n        print("starting", flush=True)\n        self.wait_for(${JSON.stringify(go)})\n`;
    await plugin.write({ version: '1', body: slow });
    const waiting = [call(1), call(2), manager.startPlugin('changing')];
    await until(() => lines.some(({ msg }) => msg === 'starting'), 'the start of the instance');
    expect(status().waiting).toBe(3);
    await plugin.write({ version: '2' });
    await manager.reload('changing');
    const answers = await Promise.all(waiting);
    expect(answers).toMatchObject([{ version: '2', value: 1 }, { version: '2', value: 2 }, undefined as never]);
  });

  test('starts as many as are in use, and at least as many as are to be warm', async () => {
    await plugin.write({ version: '1', entry: 'instances: { min: 2, max: 3 }' });
    await manager.reload('changing');
    expect(status().instances).toHaveLength(2);
    const file = join(plugin.folder, 'go-on');
    const held = Array.from({ length: 3 }, () => action('wait_for', { file }));
    await until(
      () => status().instances.filter(({ inFlight }) => inFlight === 1).length === 3,
      'three instances with a call each',
    );
    await manager.reload('changing');
    const states = status().instances.map(({ state }) => state);
    expect(states).toEqual(['leaving', 'leaving', 'leaving', 'idle', 'idle', 'idle']);
    await writeFile(file, '');
    await Promise.all(held);
  });

  test('of a plugin without an instance starts one, to see that it starts', async () => {
    await plugin.write({ version: '2', body: '    def initialize(self, config):\n        raise ValueError("no")\n' });
    await expect(manager.reload('changing')).rejects.toMatchObject({ code: 'PLUGIN_INITIALIZE_FAILED' });
    expect(status()).toMatchObject({ version: '1.0.0', instances: [] });
    await plugin.write({ version: '3' });
    expect(await manager.reload('changing')).toMatchObject({ before: { version: '1.0.0' }, after: { version: '3' } });
    expect(status().instances).toHaveLength(1);
  });

  test('builds the environment anew when its dependencies have changed', async () => {
    await call();
    await plugin.write({ version: '2', dependencies: ['six==1.16.0', 'six>1.15'], head: 'import six' });
    const report = await manager.reload('changing');
    expect(report.after.environment).not.toBe(report.before?.environment);
    // an earlier run of this test may have left it
    await rm((await manager.preparePlugin('changing')).runtime.prefix ?? '', { recursive: true });
    const steps: string[] = [];
    const again = await manager.reload('changing', { onProgress: ({ step }) => steps.push(step) });
    expect(again).toMatchObject({ rebuilt: true, after: { environment: report.after.environment } });
    expect(steps).toContain('ready');
    expect(status().packages).toMatchObject({ six: '1.16.0' });
    expect(await call()).toMatchObject({ version: '2' });
  });

  test('asked for while another runs follows it, and sees what was changed meanwhile', async () => {
    await call();
    await plugin.write({ version: '2', head: 'print("starting", flush=True)' });
    const first = manager.reload('changing');
    await until(() => lines.some(({ msg }) => msg === 'starting'), 'the start of the instance');
    await plugin.write({ version: '3' });
    const [second, third] = [manager.reload('changing'), manager.reload('changing')];
    expect(await second).toBe(await third);
    expect((await second).after.version).toBe('3');
    expect((await second).before?.generation).toBe((await first).after.generation);
    expect(await call()).toMatchObject({ version: '3' });
  });

  test('reads a plugin that stands in no registry from its folder, and keeps its id', async () => {
    await using other = new PluginManager(observed().options);
    const id = await other.loadPlugin(plugin.folder);
    expect(await other.executePlugin(id)).toMatchObject({ version: '1.0.0' });
    await plugin.write({ version: '2' });
    expect(await other.reload(id)).toMatchObject({ plugin: id, after: { version: '2' } });
    expect(await other.executePlugin(id)).toMatchObject({ version: '2' });
  });

  test('closes the breaker of a plugin that failed too often', async () => {
    await plugin.write({ version: '1', body: '    @action\n    def die(self):\n        os._exit(1)\n' });
    await manager.reload('changing');
    await until(async () => {
      await action('die').catch(() => undefined);
      return status().state === 'broken';
    }, 'the breaker');
    await plugin.write({ version: '2' });
    await manager.reload('changing');
    expect(status()).toMatchObject({ state: 'ready', problem: undefined });
    expect(await call()).toMatchObject({ version: '2' });
  });
});

describe('a reload that fails leaves what is there as it is', () => {
  const mistakes: readonly { name: string; change: Version | (() => Promise<void>); code: string }[] = [
    {
      name: 'its registry has a mistake',
      change: { version: '2', entry: 'isolation: proces' },
      code: 'REGISTRY_INVALID',
    },
    {
      name: 'its manifest has a mistake',
      change: async () => await writeFile(plugin.manifest, '[tool.bulkhead]\nentry_pont = "plugin.py"\n'),
      code: 'MANIFEST_INVALID',
    },
    {
      name: 'it is not in the registry any more',
      change: async () => await writeFile(plugin.registry, 'plugins: []\n'),
      code: 'PLUGIN_UNKNOWN',
    },
    {
      name: 'its dependencies conflict',
      change: { version: '2', dependencies: ['six==1.16.0', 'six==1.15.0'] },
      code: 'DEPENDENCIES_CONFLICT',
    },
    { name: 'it has a syntax error', change: { version: '2', head: 'def' }, code: 'PLUGIN_IMPORT_FAILED' },
    {
      name: 'initialize raises',
      change: { version: '2', body: '    def initialize(self, config):\n        raise ValueError("no")\n' },
      code: 'PLUGIN_INITIALIZE_FAILED',
    },
    { name: 'it exits while it is imported', change: { version: '2', head: 'os._exit(4)' }, code: 'PLUGIN_EXITED' },
    {
      name: 'it is not ready in time',
      change: { version: '2', head: 'time.sleep(600)', entry: 'timeouts: { start: 300ms }' },
      code: 'PLUGIN_START_TIMEOUT',
    },
  ];

  test.each(mistakes)('when $name', async ({ change, code }) => {
    const { pid } = await call();
    await (typeof change === 'function' ? change() : plugin.write(change));
    await expect(manager.reload('changing')).rejects.toMatchObject({
      code,
      context: { servesOn: 'version 1.0.0 (generation 1)' },
      message: expect.stringContaining('It was not reloaded: version 1.0.0 (generation 1) keeps serving.') as string,
    });
    expect(await call()).toMatchObject({ version: '1.0.0', pid });
    expect(status().instances).toMatchObject([{ pid, state: 'idle' }]);
    expect(await manager.metrics()).toContain('bulkhead_reloads_total{plugin_id="changing",outcome="failed"} 1');
    await plugin.write({ version: '3' });
    expect((await manager.reload('changing')).after.version).toBe('3');
  });

  test('when one of the new instances answers no ping; all of them are ended', async () => {
    const { pid } = await call();
    await writeFile(
      plugin.registry,
      `plugins:\n  - { id: changing, path: ${fixture('plugins/answers_no_ping')}, instances: 2 }\n`,
    );
    await expect(manager.reload('changing')).rejects.toMatchObject({ code: 'PLUGIN_UNRESPONSIVE' });
    expect(await call()).toMatchObject({ pid });
    const started = lines
      .filter(({ msg }) => msg === 'instance ready')
      .map(({ instance_pid }) => instance_pid as number);
    const [, ...half] = started;
    expect(half).toHaveLength(2);
    expect(half.map((each) => identifyProcess(each))).toEqual([undefined, undefined]);
  });
});

describe('a plugin that could not be used', () => {
  test('can be, once its manifest is mended and it is reloaded', async () => {
    await manager.close();
    await writeFile(plugin.manifest, '[tool.bulkhead]\nentry_pont = "plugin.py"\n');
    manager = await PluginManager.open(plugin.registry, observed().options);
    await expect(call()).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
    await writeFile(plugin.manifest, '[tool.bulkhead]\nentry_point = 5\n');
    await expect(manager.reload('changing')).rejects.toThrow('entry_point');
    await expect(call()).rejects.toThrow('entry_point');
    await plugin.write({ version: '2' });
    expect(await manager.reload('changing')).toMatchObject({
      before: undefined,
      after: { version: '2', generation: 1 },
    });
    expect(await call()).toMatchObject({ version: '2' });
  });

  test('is tried by the next call when it was mended and did not start', async () => {
    await manager.close();
    await writeFile(plugin.manifest, '[tool.bulkhead]\nentry_pont = "plugin.py"\n');
    manager = await PluginManager.open(plugin.registry, observed().options);
    const needs = join(plugin.folder, 'needed');
    await plugin.write({ version: '2', head: `open(${JSON.stringify(needs)})` });
    await expect(manager.reload('changing')).rejects.toMatchObject({ code: 'PLUGIN_IMPORT_FAILED' });
    await writeFile(needs, '');
    expect(await call()).toMatchObject({ version: '2' });
  });
});

describe('a plugin that is disabled', () => {
  test('is taken away by a reload, after its calls, and taken up again', async () => {
    const { pid } = (await manager.executePlugin('changing')) as Answer;
    const process = identify(pid);
    const file = join(plugin.folder, 'go');
    const running = manager.executePlugin('changing', { file }, { action: 'wait_for' });
    await until(() => manager.plugins()[0]?.instances[0]?.inFlight === 1, 'the call is running');
    const waiting = manager.executePlugin('changing');
    const refused = expect(waiting).rejects.toMatchObject({ code: 'PLUGIN_DISABLED', blame: 'user' });
    await plugin.write({ version: '1.0.0', entry: 'enabled: false' });
    const report = await manager.reload('changing');
    expect(report).toMatchObject({ disabled: true, before: { version: '1.0.0', generation: 1 } });
    await refused;
    await expect(manager.executePlugin('changing')).rejects.toMatchObject({ code: 'PLUGIN_DISABLED' });
    expect(manager.plugins()[0]).toMatchObject({ state: 'disabled', problem: { code: 'PLUGIN_DISABLED' } });
    await writeFile(file, '');
    expect(await running).toBe('1.0.0');
    await gone(process);
    expect(await manager.reload('changing')).toMatchObject({ disabled: true, before: undefined });

    await plugin.write({ version: '2.0.0' });
    expect(await manager.reload('changing')).toMatchObject({
      disabled: false,
      after: { version: '2.0.0', generation: 2 },
    });
    expect(await manager.executePlugin('changing')).toMatchObject({ version: '2.0.0' });
  });

  test('takes no part in hooks, and is not started ahead', async () => {
    const body = '    @hook("pre")\n    def pre(self, data):\n        return data + 1\n';
    const head = 'from plugin_sdk import hook';
    const enabled = { version: '1.0.0', body, head, entry: 'hooks: [pre], instances: 1' };
    const disabled = { ...enabled, entry: `${enabled.entry}, enabled: false` };
    await plugin.write(disabled);
    await using other = await PluginManager.open(plugin.registry, observed().options);
    expect(await other.executeHooks('pre', 1)).toBe(1);
    expect(other.plugins()[0]?.instances).toEqual([]);
    await plugin.write(enabled);
    await other.reload('changing');
    expect(await other.executeHooks('pre', 1)).toBe(2);
    await plugin.write(disabled);
    await other.reload('changing');
    expect(await other.executeHooks('pre', 1)).toBe(1);
  });
});

describe('with reload: stop_first', () => {
  const entry = 'reload: stop_first';

  test('the new instance starts when the old one has gone, and calls wait meanwhile', async () => {
    const lock = join(plugin.folder, 'lock');
    const holds = `    def initialize(self, config):\n        os.mkdir(${JSON.stringify(lock)})\n\n    def cleanup(self):\n        os.rmdir(${JSON.stringify(lock)})\n`;
    await plugin.write({ version: '1', body: holds, entry });
    await manager.reload('changing');
    const answers: Promise<Answer>[] = [];
    const file = join(plugin.folder, 'go-on');
    const running = action('wait_for', { file });
    await plugin.write({ version: '2', body: holds, entry });
    const reload = manager.reload('changing');
    await until(() => status().instances[0]?.state === 'leaving', 'the old instance to leave');
    for (let number = 0; number < 20; number += 1) answers.push(call(number));
    await until(() => status().waiting >= 20, '20 waiting calls');
    await writeFile(file, '');
    expect(await running).toBe('1');
    await reload;
    for (const answer of await Promise.all(answers)) expect(answer.version).toBe('2');
  });

  test('what fails before that leaves the old one alone; later, the next call tries again', async () => {
    const { pid } = await call();
    await plugin.write({ version: '2', dependencies: ['six==1.16.0', 'six==1.15.0'], entry });
    await expect(manager.reload('changing')).rejects.toMatchObject({ code: 'DEPENDENCIES_CONFLICT' });
    expect(await call()).toMatchObject({ version: '1.0.0', pid });
    const needs = join(plugin.folder, 'needed');
    await plugin.write({ version: '3', entry, head: `open(${JSON.stringify(needs)})` });
    const error = (await manager.reload('changing').catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: 'PLUGIN_IMPORT_FAILED' });
    expect(error.message).not.toContain('keeps serving');
    await writeFile(needs, '');
    expect(await call()).toMatchObject({ version: '3' });
  });
});

test('closing ends a reload, and leaves no process', async () => {
  const { pid } = await call();
  await plugin.write({ version: '2', head: 'print("starting", flush=True)\ntime.sleep(600)' });
  const reload = manager.reload('changing').catch((error: unknown) => error);
  await until(() => lines.some(({ msg }) => msg === 'starting'), 'the start of the instance');
  const starting = lines.find(({ msg }) => msg === 'starting')?.['instance_pid'] as number;
  const both = [identify(pid), identify(starting)];
  await manager.close();
  expect(await reload).toMatchObject({ code: 'MANAGER_CLOSED' });
  await Promise.all(both.map((each) => gone(each)));
  await expect(manager.reload('changing')).rejects.toMatchObject({ code: 'MANAGER_CLOSED' });
});

test('a plugin that is not known can not be reloaded', async () => {
  await expect(manager.reload('chnging')).rejects.toMatchObject({ code: 'PLUGIN_UNKNOWN' });
});

async function call(value: unknown = null): Promise<Answer> {
  return (await manager.executePlugin('changing', value)) as Answer;
}

async function action(name: string, input: unknown = {}): Promise<unknown> {
  return await manager.executePlugin('changing', input, { action: name });
}

function status(): PluginStatus {
  const [found] = manager.plugins();
  if (found === undefined) throw new Error('there is no plugin');
  return found;
}
