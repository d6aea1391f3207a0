import { describe, expect, test } from 'vitest';
import { BulkheadError } from '../../src/errors/bulkhead-error.ts';
import type { HookOptions } from '../../src/hooks/hook.ts';
import { FakeInstance, Veto, workbench } from './workbench.ts';
import { until } from '../until.ts';

type List = readonly string[];
const appending =
  (name: string) =>
  (data: unknown): List => [...(data as List), name];

/** Hooks of one instance under `names`, in this order. */
function remote(instance: FakeInstance, names: readonly string[], options: HookOptions = {}) {
  const bench = workbench();
  for (const name of names) bench.hooks.register('event', { runner: instance, name }, { owner: 'plugin', ...options });
  return bench;
}

describe('consecutive hooks of one instance', () => {
  test('cross together; others between them part them', async () => {
    const instance = new FakeInstance({ a: appending('a'), b: appending('b'), c: appending('c') });
    const { hooks, append, told } = remote(instance, ['a', 'b', 'c']);
    expect(await hooks.executeHooks('event', [])).toEqual(['a', 'b', 'c']);
    append('between', { after: 'a', position: 0 });
    expect(await hooks.executeHooks('event', [])).toEqual(['a', 'between', 'b', 'c']);
    expect(instance.batches).toEqual(['a+b+c', 'a', 'b+c']);
    expect(told[0]).toBe('ran plugin.a + plugin.b + plugin.c');
  });

  test('cross one by one when each change is to be told', async () => {
    const instance = new FakeInstance({ a: appending('a'), b: appending('b') });
    const { hooks } = remote(instance, ['a', 'b']);
    const { steps } = await hooks.run('event', [], { trace: true });
    expect(steps.map(({ changes }) => changes)).toEqual([['$[0]: added "a"'], ['$[1]: added "b"']]);
    expect(instance.batches).toEqual(['a', 'b']);
  });

  test('may be audits among transforms; a notification is by itself', async () => {
    const instance = new FakeInstance({ a: appending('a'), see: () => ['ignored'], tell: () => undefined });
    const { hooks } = remote(instance, ['a']);
    hooks.register('event', { runner: instance, name: 'see' }, { owner: 'plugin', mode: 'audit' });
    hooks.register('event', { runner: instance, name: 'tell' }, { owner: 'plugin', mode: 'notify' });
    expect(await hooks.executeHooks('event', [])).toEqual(['a']);
    await until(() => instance.batches.length === 2, 'the notification');
    expect(instance.batches).toEqual(['a+see', 'tell']);
  });

  test('of different instances do not', async () => {
    const [one, other] = [new FakeInstance({ a: appending('a') }), new FakeInstance({ a: appending('other a') })];
    const { hooks } = remote(one, ['a']);
    hooks.register('event', { runner: other, name: 'a' }, { owner: 'other' });
    expect(await hooks.executeHooks('event', [])).toEqual(['a', 'other a']);
    expect([one.batches, other.batches]).toEqual([['a'], ['a']]);
  });
});

describe('in the middle of a batch', () => {
  test.each([
    ['fails', () => new Error('no'), 'HOOK_FAILED'],
    ['returns nothing', () => undefined, 'HOOK_RESULT_INVALID'],
  ])('a hook that %s is skipped, and the rest goes on from there', async (_what, bad, code) => {
    const instance = new FakeInstance({ a: appending('a'), bad, b: appending('b') });
    const { hooks } = remote(instance, ['a', 'bad', 'b'], { onError: 'skip' });
    const { data, steps } = await hooks.run('event', []);
    expect(data).toEqual(['a', 'b']);
    expect(steps).toMatchObject([{ outcome: 'done' }, { outcome: 'skipped', error: { code } }, { outcome: 'done' }]);
    expect(instance.batches).toEqual(['a+bad+b', 'b']);
  });

  test('a hook that fails the chain is named', async () => {
    const instance = new FakeInstance({ a: appending('a'), bad: () => new Error('no'), b: appending('b') });
    const { hooks } = remote(instance, ['a', 'bad', 'b']);
    await expect(hooks.executeHooks('event', [])).rejects.toThrow('Hook plugin.bad of event "event" failed: no.');
    expect(instance.batches).toEqual(['a+bad+b']);
  });

  test('a veto leaves the data as it was then', async () => {
    const instance = new FakeInstance({ a: appending('a'), stop: () => new Veto('enough'), b: appending('b') });
    const { hooks } = remote(instance, ['a', 'stop', 'b']);
    expect(await hooks.run('event', [])).toMatchObject({
      data: ['a'],
      veto: { hook: 'plugin.stop', reason: 'enough' },
      steps: [{ outcome: 'done' }, { outcome: 'vetoed' }],
    });
  });

  test('a disabled hook is stepped over', async () => {
    const instance = new FakeInstance({ a: appending('a'), bad: () => new Error('no'), b: appending('b') });
    const { hooks } = remote(instance, ['a', 'bad', 'b'], { onError: 'disable' });
    await hooks.executeHooks('event', []);
    expect(await hooks.executeHooks('event', [])).toEqual(['a', 'b']);
    expect(instance.batches.slice(2)).toEqual(['a', 'b']);
  });
});

describe('a batch that does not say which hook it was', () => {
  const died = new BulkheadError(
    'PLUGIN_CRASHED',
    { plugin: 'plugin', action: 'hooks', reason: 'was ended by signal SIGSEGV' },
    { context: { plugin: 'plugin', lastLines: ['Segmentation fault'] } },
  );
  const bad: Readonly<Record<string, readonly [string, () => unknown]>> = {
    'kills its instance': ['HOOK_FAILED', () => Promise.reject(died)],
    hangs: ['HOOK_TIMEOUT', () => new Promise(() => {})],
    'returns another kind': ['HOOK_RESULT_INVALID', () => 'text'],
  };

  test.each(Object.entries(bad))('is done again one by one: %s', async (_what, [code, behaviour]) => {
    // what follows a wrong kind takes anything
    const instance = new FakeInstance({
      a: appending('a'),
      bad: behaviour,
      b: (data) => (Array.isArray(data) ? [...data, 'b'] : data),
    });
    const { hooks, told } = remote(instance, ['a', 'bad', 'b'], { onError: 'skip', timeout: 10 });
    const { data, steps } = await hooks.run('event', []);
    expect(data).toEqual(['a', 'b']);
    expect(steps).toMatchObject([{ outcome: 'done' }, { outcome: 'skipped', error: { code } }, { outcome: 'done' }]);
    expect(instance.batches).toEqual(['a+bad+b', 'a', 'bad', 'b']);
    expect(told).toContain('plugin.bad skipped');
    // nothing goes on for nobody
    if (code === 'HOOK_TIMEOUT')
      expect(instance.signals.map(({ aborted }) => aborted)).toEqual([true, false, true, false]);
  });

  test('keeps what is known of the instance', async () => {
    const { hooks } = remote(new FakeInstance({ bad: () => Promise.reject(died) }), ['bad']);
    await expect(hooks.executeHooks('event', [])).rejects.toMatchObject({
      code: 'HOOK_FAILED',
      message:
        'Hook plugin.bad of event "event" failed: Plugin "plugin" died during hooks: it was ended by signal SIGSEGV.',
      cause: { code: 'PLUGIN_CRASHED' },
      context: { lastLines: ['Segmentation fault'] },
    });
  });

  test('stops at a veto', async () => {
    let times = 0;
    const first = (data: unknown): unknown => (times++ === 0 ? Promise.reject(died) : data);
    const instance = new FakeInstance({ first, stop: () => new Veto('enough'), never: appending('never') });
    const { hooks } = remote(instance, ['first', 'stop', 'never']);
    expect(await hooks.run('event', [])).toMatchObject({ data: [], veto: { reason: 'enough' } });
    expect(instance.batches).toEqual(['first+stop+never', 'first', 'stop']);
  });
});

test('a runner that leaves a hook out is found out', async () => {
  const { hooks } = workbench();
  const runner = { run: async (_hooks: unknown, data: unknown) => ({ completed: 0, data }) };
  hooks.register('event', { runner, name: 'forgotten' }, { owner: 'plugin' });
  await expect(hooks.executeHooks('event', [])).rejects.toThrow('failed: its runner left it out.');
});
