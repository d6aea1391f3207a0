import { afterEach, beforeEach, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { fixture, observed } from '../test-home.ts';
import { until } from '../until.ts';
import { Debugger, type Target, targetsAt } from './inspector-client.ts';

let manager: PluginManager;

beforeEach(async () => {
  manager = await PluginManager.open(fixture('javascript.yaml'), observed().options);
});

afterEach(async () => {
  await manager.close();
});

test('a debugger attaches to a plugin of Node, and the host hears when it comes and goes', async () => {
  const changes: boolean[] = [];
  const [target] = await manager.debug('js', { onChange: (_, attached) => void changes.push(attached) });
  expect(target).toMatchObject({ language: 'node', host: '127.0.0.1', generation: 1 });
  const port = target?.port as number;
  const [inspected] = await targetsAt(port);
  expect(new URL(inspected?.webSocketDebuggerUrl as string).port).toBe(String(port));
  expect(changes).toEqual([]);
  const client = await Debugger.attach(inspected as Target);
  await until(() => changes.length === 1, 'the debugger');
  expect(await client.evaluate('process.pid')).toBe(manager.plugins()[0]?.instances[0]?.pid);
  client.leave();
  await until(() => changes.length === 2, 'its end');
  expect(changes).toEqual([true, false]);
  const [again] = await manager.debug('js');
  expect(again?.port).toBe(port);
});

test('a port that is taken is told', async () => {
  const [target] = await manager.debug('js');
  await expect(manager.debug('other', { port: target?.port as number })).rejects.toMatchObject({
    code: 'DEBUG_FAILED',
    message: expect.stringContaining('EADDRINUSE') as unknown,
  });
});
