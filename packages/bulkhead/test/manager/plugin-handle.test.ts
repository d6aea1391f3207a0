import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginHandle } from '../../src/manager/plugin-types.ts';
import type { PluginStream } from '../../src/session/plugin-stream.ts';
import { fixture, observed } from '../test-home.ts';

let manager: PluginManager;
let handle: PluginHandle;

beforeAll(async () => {
  manager = new PluginManager(observed().options);
  handle = manager.plugin(await manager.loadPlugin(fixture('plugins/odd_names')));
});

afterAll(async () => await manager.close());

const calls = (): number => manager.plugins()[0]?.instances.reduce((sum, each) => sum + each.calls, 0) ?? 0;

describe('a handle', () => {
  test('has the actions as methods, the default one too', async () => {
    expect(await handle['shout']({ name: 'Ada', times: 2 })).toBe('HELLO, ADA!!');
    expect(await handle['execute']('hello')).toEqual({ executed: 'hello' });
    expect(await handle['execute']()).toEqual({ executed: null });
    expect(await handle['with-hyphen']()).toBe(true);
    const { shout } = handle;
    expect(await shout({ name: 'Ada' })).toBe('HELLO, ADA!');
  });

  test('answers with a stream where the action is a generator', async () => {
    const numbers: number[] = [];
    for await (const number of (await handle['count']({ up_to: 3 })) as PluginStream<number>) numbers.push(number);
    expect(numbers).toEqual([0, 1, 2]);
  });

  test('passes options on, and refuses those that a call of a known action does not have', async () => {
    await expect(handle['shout']({ name: 'Ada' }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    await expect(handle['shout']({ name: 'Ada' }, { action: 'count' })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message: expect.stringContaining('odd_names.shout has no such option') as string,
    });
    await expect(handle['shout']({ name: 'Ada' }, 5_000)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });

  test('says of a name that is no action what the nearest one is', async () => {
    await expect(handle['shouts']({ name: 'Ada' })).rejects.toMatchObject({
      code: 'ACTION_UNKNOWN',
      message: 'Plugin "odd_names" has no action "shouts". Did you mean "shout"?',
    });
  });

  test('is no promise, and no text or JSON of the plugin: what asks any object calls no action', async () => {
    const before = calls();
    expect(await (handle as PluginHandle | Promise<PluginHandle>)).toBe(handle);
    expect(await Promise.resolve(handle)).toBe(handle);
    expect(JSON.stringify({ handle })).toBe('{"handle":{}}');
    expect(`${handle as unknown as string}`).toBe('[object PluginHandle]');
    expect(inspect({ handle })).toBe('{ handle: PluginHandle "odd_names" }');
    expect(inspect(handle, { showProxy: true })).toContain('PluginHandle');
    expect(Object.keys(handle)).toEqual(['call']);
    expect([...Object.getOwnPropertySymbols(handle)]).toContain(Symbol.toStringTag);
    expect((handle as unknown as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator]).toBeUndefined();
    expect(handle).toEqual(handle);
    expect(() => Object.assign(handle, { shout: 1 })).toThrow(TypeError);
    expect(calls()).toBe(before);
  });

  test('reaches actions of such names by `call`', async () => {
    expect(await handle.call('then', { value: 3 })).toBe(3);
    expect(await handle.call('toString')).toBe('by the plugin');
    expect(await handle.call('call')).toBe('called');
  });

  test('goes on after a reload', async () => {
    await manager.reload('odd_names');
    expect(await handle['shout']({ name: 'Ada' })).toBe('HELLO, ADA!');
  });
});

test('of a plugin that there is not, there is no handle', () => {
  expect(() => manager.plugin('odd_name')).toThrow('Did you mean "odd_names"?');
});
