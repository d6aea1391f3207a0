import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, expectTypeOf, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginLine } from '../../src/manager/plugin-output.ts';
import { fixture, observed } from '../test-home.ts';
import { until } from '../until.ts';
import { CallbackWarnings } from '../warnings.ts';

let manager: PluginManager;

beforeEach(() => {
  manager = new PluginManager(observed().options);
});

afterEach(async () => await manager.close());

test('a listener hears of a plugin from its start to its end', async () => {
  const heard: string[] = [];
  manager.on('startBegan', (plugin) => heard.push(`${plugin} begins`));
  manager.on('instanceStarted', (plugin, { generation }) => heard.push(`${plugin} ${generation} starts`));
  manager.on('callEnded', (plugin, action, outcome) => heard.push(`${plugin}.${action} ${outcome}`));
  manager.on('instanceEnded', (plugin, { generation }, ending) => heard.push(`${plugin} ${generation} ${ending}`));
  const id = await manager.loadPlugin(fixture('plugins/echo'));
  await manager.executePlugin(id, 'hello');
  await manager.close();
  expect(heard).toEqual(['echo begins', 'echo 1 starts', 'echo.execute ok', 'echo 1 stopped']);
});

test('the tools of Node for events work, and know the values', async () => {
  const id = await manager.loadPlugin(fixture('plugins/echo'));
  const started = once(manager, 'instanceStarted');
  let times = 0;
  const count = (): void => void (times += 1);
  manager.on('callEnded', count).once('callEnded', (_plugin, _action, outcome, duration) => {
    expectTypeOf(outcome).toEqualTypeOf<'ok' | 'error' | 'rejected' | 'timeout' | 'cancelled' | 'crashed'>();
    expectTypeOf(duration).toEqualTypeOf<number>();
    times += 10;
  });
  await manager.executePlugin(id, 1);
  await manager.executePlugin(id, 2);
  manager.off('callEnded', count);
  await manager.executePlugin(id, 3);
  expect(times).toBe(12);
  expect((await started)[0]).toBe('echo');
});

test('what a plugin prints and logs is told line by line, with its call', async () => {
  const lines: PluginLine[] = [];
  manager.on('log', (plugin, { generation }, line) => {
    expect([plugin, generation]).toEqual(['prints', 1]);
    lines.push(line);
    throw new Error('a listener of log'); // harms nobody, and is said once
  });
  const id = await manager.loadPlugin(fixture('plugins/prints'));
  await manager.executePlugin(id, 2);
  await manager.executePlugin(id, null, { action: 'logs' });
  await manager.close();
  expect(lines.filter(({ stream }) => stream === 'stdout').map(({ text }) => text)).toEqual(['line 0', 'line 1']);
  expect(lines).toContainEqual({
    level: 'info',
    text: 'and an error',
    stream: 'stderr',
    call: expect.anything() as unknown,
  });
  expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', text: 'listen', stream: 'log', call: 2 }));
});

test('each state of a plugin is told with the one before it', async () => {
  const changes: string[] = [];
  manager.on('stateChanged', (plugin, state, before) => changes.push(`${plugin}: ${before} → ${state}`));
  const id = await manager.loadPlugin(fixture('plugins/echo'));
  await manager.executePlugin(id);
  await until(() => changes.length === 2, 'the plugin to be told ready');
  await manager.close();
  expect(changes).toEqual(['echo: idle → starting', 'echo: starting → ready', 'echo: ready → stopped']);
});

test('a plugin that failed to start waits, and is told idle when it may be tried again', async () => {
  const states: string[] = [];
  manager.on('stateChanged', (_, state) => states.push(state));
  const id = await manager.loadPlugin(fixture('plugins/fails_to_import'));
  await expect(manager.executePlugin(id)).rejects.toMatchObject({ code: 'PLUGIN_IMPORT_FAILED' });
  await until(() => states.at(-1) === 'idle', 'the time to be over');
  expect(states).toEqual(['starting', 'waiting', 'idle']);
});

test('each failed call of the application is told with its error, whether or not an instance got it', async () => {
  const failures: unknown[] = [];
  manager.on('callFailed', (plugin, action, error) =>
    failures.push([plugin, action, (error as { code?: string }).code]),
  );
  await manager.loadPlugin(fixture('plugins/raises'));
  await manager.executePlugin('raises', 'ink').catch(() => {});
  await manager.executePlugin('raises', 'ink', { action: 'nowhere' }).catch(() => {});
  await manager.executePlugin('nobody').catch(() => {});
  expect(failures).toEqual([
    ['raises', 'execute', 'PLUGIN_RAISED'],
    ['raises', 'nowhere', 'ACTION_UNKNOWN'],
    ['nobody', 'execute', 'PLUGIN_UNKNOWN'],
  ]);
});

test('the steps in which an environment is made ready are told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-events-'));
  const registry = join(folder, 'plugins.yaml');
  await writeFile(registry, `plugins:\n  - { id: echo, path: ${fixture('plugins/echo')}, environment: venv }\n`);
  const steps: string[] = [];
  const own = await PluginManager.open(registry, { ...observed().options, home: join(folder, 'home') });
  own.on('environmentProgress', (plugin, { step }) => steps.push(`${plugin} ${step}`));
  await own.preparePlugin('echo');
  await own.close();
  await rm(folder, { recursive: true, maxRetries: 5 });
  expect(steps).toContain('echo ready');
});

test('a listener that throws costs the call that it heard of nothing, nor other listeners', async () => {
  using warnings = new CallbackWarnings();
  let heard = 0;
  manager.on('callEnded', () => {
    throw new Error('no such page');
  });
  const rejecting = async (): Promise<void> => await Promise.reject(new Error('never mind'));
  manager.on('callEnded', rejecting as () => void);
  manager.on('callEnded', () => (heard += 1));
  const id = await manager.loadPlugin(fixture('plugins/echo'));
  for (const value of [1, 2]) expect(await manager.executePlugin(id, value)).toBe(value);
  expect(heard).toBe(2);
  await until(() => warnings.messages.length > 0, 'a warning');
  expect(warnings.messages).toEqual([expect.stringMatching(/a listener of "callEnded".*no such page/)]);
});
