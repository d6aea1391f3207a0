import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginStream } from '../../src/session/plugin-stream.ts';
import { fixture, observed } from '../test-home.ts';

interface Plugins {
  odd_names: {
    execute(input?: unknown): unknown;
    /** Greets loudly. */
    shout(input: { name: string; times?: number }): string;
    count(input: { up_to: number }): PluginStream<number>;
    then(input?: { value?: number }): number;
    'with-hyphen'(input?: Record<string, never>): boolean;
  };
  without_execute: { only(input: { rows: AsyncIterable<{ id: number }> | Iterable<{ id: number }> }): number };
}

let manager: PluginManager<Plugins>;

beforeAll(async () => {
  manager = new PluginManager<Plugins>(observed().options);
  await manager.loadPlugin(fixture('plugins/odd_names'));
});

afterAll(async () => await manager.close());

/** Compiled, never called. */
const compiled = (program: () => unknown): void => expect(program).toBeTypeOf('function');

describe('declared plugins', () => {
  test('give calls their inputs and results', async () => {
    const shouted = await manager.executePlugin('odd_names', { name: 'Ada' }, { action: 'shout', timeout: 60_000 });
    expectTypeOf(shouted).toEqualTypeOf<string>();
    expect(shouted).toBe('HELLO, ADA!');
    const numbers = await manager.executePlugin('odd_names', { up_to: 2 }, { action: 'count' });
    expectTypeOf(numbers).toEqualTypeOf<PluginStream<number>>();
    for await (const number of numbers) expectTypeOf(number).toEqualTypeOf<number>();
    expectTypeOf(await manager.executePlugin('odd_names')).toEqualTypeOf<unknown>();
    expectTypeOf(await manager.executePlugin('odd_names', 3, { timeout: 60_000 })).toEqualTypeOf<unknown>();
  });

  test('give handles their methods', async () => {
    const handle = manager.plugin('odd_names');
    const shouted = await handle.shout({ name: 'Ada', times: 2 }, { timeout: 60_000 });
    expectTypeOf(shouted).toEqualTypeOf<string>();
    expect(shouted).toBe('HELLO, ADA!!');
    expectTypeOf(await handle.count({ up_to: 2 })).toEqualTypeOf<PluginStream<number>>();
    expectTypeOf(await handle['with-hyphen']()).toEqualTypeOf<boolean>();
    expectTypeOf(await handle.call('then', { value: 1 })).toEqualTypeOf<number>();
    expectTypeOf(handle).not.toHaveProperty('then');
    expectTypeOf<Awaited<typeof handle>>().toEqualTypeOf<typeof handle>();
  });

  test('refuse what is not declared', () => {
    compiled(() => [
      // @ts-expect-error no such plugin
      manager.executePlugin('odd_name', null),
      // @ts-expect-error no such action
      manager.executePlugin('odd_names', { name: 'Ada' }, { action: 'shuot' }),
      // @ts-expect-error the input lacks `name`
      manager.executePlugin('odd_names', { times: 2 }, { action: 'shout' }),
      // @ts-expect-error the input is needed
      manager.executePlugin('odd_names', null, { action: 'shout' }),
      // @ts-expect-error it has no action `execute`
      manager.executePlugin('without_execute', null),
      // @ts-expect-error the result is known
      manager.executePlugin<number>('odd_names', { name: 'Ada' }, { action: 'shout' }),
      // @ts-expect-error no such plugin
      manager.plugin('odd_name'),
      // @ts-expect-error no such action
      manager.plugin('odd_names').shuot({ name: 'Ada' }),
      // @ts-expect-error a number
      manager.plugin('odd_names').shout({ name: 3 }),
      // @ts-expect-error the input is needed
      manager.plugin('odd_names').shout(),
      // @ts-expect-error a handle knows its action
      manager.plugin('odd_names').shout({ name: 'Ada' }, { action: 'count' }),
      // @ts-expect-error items of the stream are checked
      manager.plugin('without_execute').only({ rows: [{ id: 'one' }] }),
      manager.plugin('without_execute').only({ rows: [{ id: 1 }] }),
      manager.plugin('without_execute').only({
        rows: (async function* () {
          yield { id: 1 };
        })(),
      }),
      // @ts-expect-error an action is a method
      PluginManager.open<{ odd_names: { shout: string } }>('plugins.yaml'),
    ]);
  });

  test('are for those who want them: such a manager does where any will', () => {
    const metricsOf = (any: PluginManager): Promise<string> => any.metrics();
    compiled(() => metricsOf(manager));
  });
});

describe('without declarations', () => {
  const any = new PluginManager(observed().options);
  afterAll(async () => await any.close());

  test('any name and input will do, and the caller may say what the result is', () => {
    compiled(async () => {
      expectTypeOf(await any.executePlugin('any', 1, { action: 'shout' })).toEqualTypeOf<unknown>();
      expectTypeOf(await any.executePlugin<number>('any')).toEqualTypeOf<number>();
      const inferred: string = await any.executePlugin('any');
      return [inferred, await any.plugin('any')['shout']({ name: 'Ada' }, { timeout: 5_000 })];
    });
  });

  test('one handle may be told its actions', () => {
    compiled(async () => {
      const handle = any.plugin<{ shout(input: { name: string }): string }>('any');
      // @ts-expect-error a number
      await handle.shout({ name: 3 });
      expectTypeOf(await handle.shout({ name: 'Ada' })).toEqualTypeOf<string>();
    });
  });
});
