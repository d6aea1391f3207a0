import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HookRegistry } from '../../src/hooks/hook-registry.ts';
import { workbench } from './workbench.ts';

describe('hooks run', () => {
  test('by priority, then as their owners stand in the registry, then as they were registered', async () => {
    const { hooks, append } = workbench();
    append('late plugin', { owner: 'second', position: 1 });
    append('no plugin 1');
    append('no plugin 2');
    append('early plugin', { owner: 'first', position: 0 });
    append('last', { priority: 1 });
    append('first', { priority: 99 });
    expect(await hooks.executeHooks('event', [])).toEqual([
      'first',
      'early plugin',
      'late plugin',
      'no plugin 1',
      'no plugin 2',
      'last',
    ]);
  });

  test('before and after others, by owner, id or both, whatever their priority', async () => {
    const { hooks, append } = workbench();
    append('check', { owner: 'guard', priority: 10 });
    append('by owner', { priority: 90, after: 'guard' });
    append('by id', { priority: 80, after: ['check'] });
    append('by both', { priority: 1, before: 'guard.check' });
    expect(await hooks.executeHooks('event', [])).toEqual(['by both', 'check', 'by owner', 'by id']);
  });

  test('only of their event', async () => {
    const { hooks, append } = workbench();
    append('one');
    append('other', {}, 'another event');
    expect(await hooks.executeHooks('event', [])).toEqual(['one']);
    expect(await hooks.executeHooks('nobody listens', ['data'])).toEqual(['data']);
    expect(hooks.events()).toEqual(['event', 'another event']);
  });
});

test('the chain is explained before it runs', () => {
  const { hooks, append } = workbench();
  append('check', { owner: 'guard', priority: 10 });
  append('clean', { priority: 90, after: 'guard', timeout: 100, onError: 'skip' });
  append('count', { after: 'absent' });
  append('close', { mode: 'audit' });
  expect(hooks.explain('event').map(({ hook, reason }) => `${hook}: ${reason}`)).toEqual([
    'host.count: priority 50, then as registered; there is no absent that it asks for',
    'host.close: priority 50, then as registered',
    'guard.check: priority 10; before host.clean (host.clean asks to come after guard.check)',
    'host.clean: priority 90; after guard.check (host.clean asks to come after guard.check)',
  ]);
  expect(hooks.explain('event').at(-1)).toMatchObject({
    mode: 'transform',
    priority: 90,
    timeout: 100,
    onError: 'skip',
    disabledBy: undefined,
  });
});

describe('constraints that contradict each other', () => {
  test('refuse the hook, name the circle, and change nothing', async () => {
    const { hooks, append } = workbench();
    append('a', { before: 'b' });
    append('b', { before: 'c' });
    append('unconcerned');
    expect(() => append('c', { before: 'a' })).toThrowError(
      expect.objectContaining({
        code: 'HOOK_ORDER_UNSATISFIABLE',
        message:
          'Hook host.c of event "event" can\'t be put in order: ' +
          'host.a asks to come before host.b, host.b asks to come before host.c, host.c asks to come before host.a.',
      }) as Error,
    );
    expect(await hooks.executeHooks('event', [])).toEqual(['a', 'b', 'unconcerned']);
    append('c', { after: 'b' });
  });

  test('may be one hook with itself by way of another', () => {
    const { append } = workbench();
    append('a');
    expect(() => append('b', { before: 'a', after: 'a' })).toThrow(/host.b asks to come (before|after) host.a/);
    // a hook that names its own owner means the others
    append('own', { owner: 'guard', before: 'guard' });
  });
});

test('the order never depends on when a plugin arrives', async () => {
  const plugin = fc.record({
    priority: fc.constantFrom(10, 50, 90),
    before: fc.constantFrom(undefined, 'p0', 'p1', 'p2'),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(plugin, { minLength: 2, maxLength: 6 }).chain((plugins) =>
        fc.tuple(
          fc.constant(plugins),
          fc.shuffledSubarray(
            plugins.map((_, index) => index),
            { minLength: plugins.length },
          ),
        ),
      ),
      async ([plugins, arrival]) => {
        const order = (indices: readonly number[]): readonly string[] | 'refused' => {
          const hooks = new HookRegistry();
          try {
            for (const index of indices)
              hooks.register('event', () => null, {
                owner: `p${index}`,
                id: 'hook',
                position: index,
                ...plugins[index],
              });
          } catch {
            return 'refused';
          }
          return hooks.explain('event').map(({ hook }) => hook);
        };
        expect(order(arrival)).toEqual(order(plugins.map((_, index) => index)));
      },
    ),
  );
});

test.each([
  [{ priority: Number.NaN }, 'priority: NaN is not a number.'],
  [{ timeout: 0 }, 'timeout: 0 is not a number of milliseconds between 0 and 2^31.'],
  [{ onError: 'ignore' as never }, 'onError: expected fail, skip, disable, found ignore.'],
  [{ mode: 'watch' as never }, 'mode: expected transform, audit, notify, found watch.'],
  [{ onNothing: 'skip' as never }, 'onNothing: expected fail, keep, found skip.'],
  [{ before: [''] }, 'before: expected names of owners or hooks.'],
])('options %o are refused', (options, message) => {
  const { hooks, append } = workbench();
  expect(() => append('hook', options)).toThrow(message);
  expect(() => hooks.register('', () => null)).toThrow('event: expected the name of an event.');
  expect(hooks.events()).toEqual([]);
});
