import { once } from 'node:events';
import { NdArray } from '@bulkhead/protocol';
import { describe, expect, test } from 'vitest';
import { HookRegistry } from '../../src/hooks/hook-registry.ts';
import type { HookContext } from '../../src/hooks/hook.ts';
import { deferred } from '../../src/lifecycle/deferred.ts';
import { workbench } from './workbench.ts';
import { until } from '../until.ts';
import { CallbackWarnings } from '../warnings.ts';

describe('data', () => {
  test('goes through all hooks, sync or not', async () => {
    const { hooks } = workbench();
    hooks.registerHook('event', (text: string) => `${text}, last`, 10);
    hooks.registerHook('event', async (text: string) => `${text}, first`, 90);
    hooks.registerHook('event', (text: string) => Promise.resolve(`${text}, second`));
    expect(await hooks.executeHooks('event', 'data')).toBe('data, first, second, last');
  });

  test('of the caller is never changed, nor what a hook keeps to itself', async () => {
    const { hooks } = workbench();
    const own = { list: ['own'], vector: new Float32Array([1]) };
    hooks.registerHook('event', () => own, 90);
    hooks.registerHook('event', (data: typeof own) => {
      data.list.push('changed');
      data.vector[0] = 2;
      return data;
    });
    const given = { list: ['given'], vector: new Float32Array([0]) };
    const result = await hooks.executeHooks('event', given);
    expect(result).toEqual({ list: ['own', 'changed'], vector: new Float32Array([2]) });
    result.list.push('by the caller');
    expect(own).toEqual({ list: ['own'], vector: new Float32Array([1]) });
    expect(given).toEqual({ list: ['given'], vector: new Float32Array([0]) });
  });

  test('that has no copy is refused, with its place', async () => {
    const { hooks, append } = workbench();
    append('hook');
    await expect(hooks.run('event', { rows: [new Map()] })).rejects.toMatchObject({
      code: 'HOOK_DATA_INVALID',
      message: 'The hooks of event "event" can\'t take this data: a value of class Map (at $.rows[0]).',
    });
  });
});

test('a name that the event has already is refused, and changes nothing', async () => {
  const { hooks, append } = workbench();
  append('hook');
  expect(() => append('hook', { position: 90 })).toThrow(
    expect.objectContaining({ code: 'HOOK_ALREADY_REGISTERED' }) as Error,
  );
  append('hook', {}, 'another event');
  expect(await hooks.executeHooks('event', [])).toEqual(['hook']);
});

describe('an audit hook', () => {
  test('sees the data and can change nothing', async () => {
    const { hooks, told } = workbench();
    const seen: unknown[] = [];
    const see = (data: unknown): string => {
      seen.push(data);
      return 'not the data';
    };
    hooks.register('event', see, { mode: 'audit' });
    const change = (data: { vector: Uint8Array; list: string[] }): void => {
      data.vector.fill(7);
      data.list.push('changed');
    };
    hooks.register('event', change, { mode: 'audit', onError: 'skip' });
    const data = { vector: new Uint8Array(2), list: ['a'] };
    expect(await hooks.executeHooks('event', data)).toEqual({ vector: new Uint8Array(2), list: ['a'] });
    expect(seen).toEqual([data]);
    // it is told that it may not
    expect(told).toContain('host.change skipped');
  });

  test('may stop the chain', async () => {
    const { hooks, append } = workbench();
    hooks.register('event', (_data: unknown, { veto }: HookContext) => veto('not today'), {
      mode: 'audit',
      id: 'guard',
    });
    append('never');
    expect(await hooks.run('event', ['data'])).toMatchObject({
      data: ['data'],
      veto: { hook: 'host.guard', reason: 'not today' },
      steps: [{ hook: 'host.guard', outcome: 'vetoed' }],
    });
  });
});

describe('a notify hook', () => {
  test('is not waited for, and sees the data as it was in its turn', async () => {
    const { hooks, append } = workbench();
    const seen = deferred<unknown>();
    append('before', { priority: 90 });
    hooks.register('event', (data: unknown) => seen.resolve(data), { mode: 'notify', priority: 80 });
    append('after');
    const result = await hooks.executeHooks('event', [] as string[]);
    result.push('by the caller');
    expect(result).toEqual(['before', 'after', 'by the caller']);
    expect(await seen.promise).toEqual(['before']);
    expect(Object.isFrozen(await seen.promise)).toBe(true);
  });

  test.each([
    ['throws', 'skip' as const, 'host.hook reported'],
    ['throws', 'fail' as const, 'host.hook reported'],
    ['throws', 'disable' as const, 'host.hook disabled'],
    ['vetoes', 'fail' as const, 'host.hook reported'],
  ])('that %s is reported, by policy %s: %s', async (how, onError, expected) => {
    const { hooks, told, failures } = workbench();
    const fail = (_data: unknown, { veto }: HookContext): unknown => {
      if (how === 'vetoes') veto('no');
      throw new Error('no mail');
    };
    hooks.register('event', fail, { id: 'hook', mode: 'notify', onError });
    expect(await hooks.executeHooks('event', 'data')).toBe('data');
    await until(() => failures.length > 0, 'the report of the failure');
    expect(told).toContain(expected);
    expect(failures[0]).toMatchObject({ code: 'HOOK_FAILED' });
    expect(hooks.explain('event')[0]?.disabledBy).toBe(onError === 'disable' ? failures[0] : undefined);
  });

  test('that hangs has its time, and ends with the registry', async () => {
    const { hooks, failures } = workbench();
    const hang = (_data: unknown, { signal }: HookContext): Promise<unknown> => once(signal, 'abort');
    hooks.register('event', hang, { mode: 'notify', timeout: 1 });
    const endless = deferred<void>();
    const begun = deferred<void>();
    const outlast = (): Promise<void> => (begun.resolve(), endless.promise);
    hooks.register('event', outlast, { mode: 'notify', timeout: 1_000_000 });
    await hooks.executeHooks('event', 'data');
    await begun.promise;
    await until(() => failures.length > 0, 'the time limit of the hook');
    expect(failures).toMatchObject([{ code: 'HOOK_TIMEOUT' }]);
    await hooks.close();
    expect(failures).toHaveLength(1);
    expect(hooks.events()).toEqual([]);
  });
});

/** What a bad hook does, by the code that it is answered with. */
const BAD: Readonly<Record<string, readonly [code: string, hook: (data: string[], context: HookContext) => unknown]>> =
  {
    throws: ['HOOK_FAILED', () => { throw new TypeError('no list.'); }], // prettier-ignore
    rejects: ['HOOK_FAILED', () => Promise.reject(new Error('no answer'))],
    'throws what is no error': ['HOOK_FAILED', () => Promise.reject('plain text' as never)],
    hangs: ['HOOK_TIMEOUT', () => new Promise(() => {})],
    'hangs until it is told': ['HOOK_TIMEOUT', (_data, { signal }) => once(signal, 'abort').then(() => ['too late'])],
    'returns nothing': ['HOOK_RESULT_INVALID', (data) => void data.push('changed in place')],
    'returns nothing late': ['HOOK_RESULT_INVALID', async () => null],
    'returns another kind': ['HOOK_RESULT_INVALID', () => ({ not: 'a list' })],
    'returns what is no data': ['HOOK_RESULT_INVALID', () => [new Map()]],
  };

describe.each(Object.entries(BAD))('a hook that %s', (_what, [code, bad]) => {
  const options = { id: 'bad', timeout: 20 };

  test('fails the chain', async () => {
    const { hooks, append, told } = workbench();
    append('good', { priority: 90 });
    hooks.register('event', bad, options);
    append('never');
    await expect(hooks.executeHooks('event', [])).rejects.toMatchObject({ code, details: { hook: 'host.bad' } });
    expect(told.filter((event) => !event.startsWith('ran host.bad'))).toEqual([
      'ran host.good',
      'host.bad chain_failed',
    ]);
  });

  test('is skipped, and leaves the data as it was', async () => {
    const { hooks, append, told } = workbench();
    append('good', { priority: 90 });
    hooks.register('event', bad, { ...options, onError: 'skip' });
    append('after', { priority: 10 });
    for (let times = 0; times < 2; times += 1) {
      const { data, steps } = await hooks.run('event', ['data']);
      expect(data).toEqual(['data', 'good', 'after']);
      expect(steps).toMatchObject([{ outcome: 'done' }, { outcome: 'skipped', error: { code } }, { outcome: 'done' }]);
    }
    expect(told.filter((event) => event === 'host.bad skipped')).toHaveLength(2);
  });

  test('is disabled until it is enabled again', async () => {
    const { hooks, append } = workbench();
    hooks.register('event', bad, { ...options, onError: 'disable' });
    append('after');
    const outcomes = async (): Promise<readonly string[]> =>
      (await hooks.run('event', [])).steps.map(({ outcome }) => outcome);
    expect(await outcomes()).toEqual(['skipped', 'done']);
    expect(await outcomes()).toEqual(['disabled', 'done']);
    expect(hooks.explain('event')[0]?.disabledBy).toMatchObject({ code });
    hooks.enable('host.bad');
    expect(await outcomes()).toEqual(['skipped', 'done']);
  });
});

test('errors say what happened, and keep the cause', async () => {
  const { hooks } = workbench();
  hooks.register('pre_process', () => { throw new TypeError('no list.'); }, { owner: 'text_tools', id: 'normalise' }); // prettier-ignore
  await expect(hooks.executeHooks('pre_process', [])).rejects.toMatchObject({
    message: 'Hook text_tools.normalise of event "pre_process" failed: no list.',
    blame: 'plugin',
    cause: { name: 'TypeError' },
  });
  hooks.removeOwner('text_tools');
  hooks.register('pre_process', () => 5, { owner: 'text_tools', id: 'count' });
  await expect(hooks.executeHooks('pre_process', [])).rejects.toThrow(
    'Hook text_tools.count of event "pre_process" returned a number instead of a list.',
  );
});

describe('a hook that returns nothing', () => {
  test('may keep the data as it was before it', async () => {
    const { hooks, append } = workbench();
    hooks.register('event', (data: string[]) => void data.push('lost'), { onNothing: 'keep' });
    append('after');
    expect(await hooks.executeHooks('event', [])).toEqual(['after']);
  });

  test('is right where there was nothing, and anything may come of that', async () => {
    const { hooks } = workbench();
    hooks.registerHook('event', () => undefined, 90);
    hooks.registerHook('event', () => 'something');
    expect(await hooks.executeHooks('event', null)).toBe('something');
  });
});

test('an event may say itself what its data has to be', async () => {
  const { hooks } = workbench();
  hooks.defineEvent('parse', (data) =>
    typeof data === 'string' || Array.isArray(data) ? undefined : 'returned neither text nor words',
  );
  hooks.registerHook('parse', (text: string) => text.split(' '));
  expect(await hooks.executeHooks<unknown>('parse', 'to be')).toEqual(['to', 'be']);
  hooks.registerHook('parse', (words: string[]) => words.length);
  await expect(hooks.executeHooks('parse', 'to be')).rejects.toThrow('returned neither text nor words.');
});

describe('a veto', () => {
  test('stops the chain with its reason, and leaves the data as it was', async () => {
    const { hooks, append, told } = workbench();
    append('before', { priority: 90 });
    const guard = (data: string[], { veto }: HookContext): string[] => {
      data.push('half done');
      return veto('there is a password in it');
    };
    hooks.register('event', guard, { owner: 'guard', id: 'check' });
    append('never', { priority: 10 });
    const { data, veto, steps } = await hooks.run('event', ['data']);
    expect(data).toEqual(['data', 'before']);
    expect(veto).toEqual({ hook: 'guard.check', reason: 'there is a password in it' });
    expect(steps.map(({ outcome }) => outcome)).toEqual(['done', 'vetoed']);
    expect(told.at(-1)).toBe('guard.check vetoed: there is a password in it');
    await expect(hooks.executeHooks('event', [])).rejects.toMatchObject({
      code: 'HOOK_VETOED',
      message: 'Hook guard.check of event "event" stopped it: there is a password in it.',
    });
  });

  test('counts even where the hook catches what it throws', async () => {
    const { hooks } = workbench();
    const stubborn = async (data: unknown, { veto }: HookContext): Promise<unknown> => {
      try {
        return veto('no');
      } catch {
        return data;
      }
    };
    hooks.register('event', stubborn);
    expect((await hooks.run('event', 'data')).veto).toMatchObject({ reason: 'no' });
  });
});

describe('a signal', () => {
  test('ends a run, whatever the policies, and tells the hook', async () => {
    const { hooks, append } = workbench();
    const abort = new AbortController();
    const told = deferred<unknown>();
    const hang = (_data: unknown, { signal }: HookContext): Promise<unknown> => {
      signal.addEventListener('abort', () => told.resolve(signal.reason));
      abort.abort(new Error('not needed'));
      return new Promise(() => {});
    };
    hooks.register('event', hang, { onError: 'skip' });
    append('never');
    await expect(hooks.run('event', [], { signal: abort.signal })).rejects.toMatchObject({
      code: 'HOOKS_CANCELLED',
      cause: { message: 'not needed' },
    });
    expect(await told.promise).toMatchObject({ message: 'not needed' });
    await expect(hooks.run('event', [], { signal: abort.signal })).rejects.toMatchObject({ code: 'HOOKS_CANCELLED' });
  });

  test('ends a run between hooks that never wait', async () => {
    const { hooks, append } = workbench();
    const abort = new AbortController();
    hooks.register('event', (data: unknown) => (abort.abort(), data), { priority: 90 });
    append('never');
    await expect(hooks.run('event', [], { signal: abort.signal })).rejects.toMatchObject({ code: 'HOOKS_CANCELLED' });
  });
});

test('each change is told when it is asked for', async () => {
  const { hooks } = workbench();
  const clean = (data: { text: string; tags: string[]; draft?: boolean }): unknown => {
    const { draft: _, ...kept } = data;
    return { ...kept, text: data.text.trim(), tags: [...data.tags, 'clean'], length: data.text.trim().length };
  };
  hooks.register('event', clean, { id: 'clean' });
  hooks.register('event', (data: unknown) => data, { id: 'idle' });
  const { steps } = await hooks.run('event', { text: ' a ', tags: ['x'], draft: true }, { trace: true });
  expect(steps.map(({ changes }) => changes)).toEqual([
    ['$.text: " a " → "a"', '$.tags[1]: added "clean"', '$.draft: removed true', '$.length: added 1'],
    [],
  ]);
  const vectors = new NdArray(new Float32Array(4), [2, 2]);
  hooks.removeOwner('host');
  hooks.register('event', ({ data }: NdArray) => new NdArray((data as Float32Array).fill(1), [4]));
  expect((await hooks.run('event', vectors, { trace: true })).steps[0]?.changes).toEqual([
    '$.shape[0]: 2 → 4',
    '$.shape[1]: removed 2',
    '$.data: 4 of 4 elements of the Float32Array differ',
  ]);
});

describe('a removed hook', () => {
  test('runs no more, by its registration or its owner', async () => {
    const { hooks, append } = workbench();
    const one = append('one');
    append('two', { owner: 'plugin' });
    append('three', { owner: 'plugin', after: 'one' });
    {
      using _block = append('for a block');
      expect(await hooks.executeHooks('event', [])).toHaveLength(4);
    }
    one.remove();
    one.remove();
    expect(await hooks.executeHooks('event', [])).toEqual(['two', 'three']);
    hooks.removeOwner('plugin');
    expect(hooks.events()).toEqual([]);
  });

  test('loses its turn in a run that is under way', async () => {
    const { hooks, append } = workbench();
    hooks.register('event', (data: unknown) => (hooks.removeOwner('plugin'), data), { priority: 90 });
    append('gone', { owner: 'plugin' });
    append('stays');
    const { data, steps } = await hooks.run('event', []);
    expect(data).toEqual(['stays']);
    expect(steps.map(({ outcome }) => outcome)).toEqual(['done', 'removed', 'done']);
  });

  test('leaves its name to another; two at once may not have one', () => {
    const { append, hooks } = workbench();
    const first = append('hook');
    expect(() => append('hook')).toThrow('Event "event" already has a hook host.hook.');
    append('hook', { owner: 'other' });
    first.remove();
    append('hook');
    // what has no id gets one
    const named = function named(): null {
      return null;
    };
    expect([hooks.registerHook('e', named).name, hooks.registerHook('e', named).name]).toEqual([
      'host.named',
      expect.stringMatching(/^host\.hook \d+$/) as string,
    ]);
  });
});

test('without an observer, a failure that nobody hears of is a warning of the process', async () => {
  const hooks = new HookRegistry();
  hooks.register('event', () => Promise.reject(new Error('no mail')), { id: 'mail', onError: 'skip' });
  const [warning] = await Promise.all([once(process, 'warning'), hooks.executeHooks('event', 'data')]);
  expect(warning[0]).toMatchObject({
    name: 'HookWarning',
    message: 'Hook host.mail of event "event" failed: no mail. (skipped)',
  });
});

test('an observer or a listener to steps that throws changes no chain, and is told of once', async () => {
  using warnings = new CallbackWarnings();
  const broken = (): never => {
    throw new Error('the page is gone');
  };
  const hooks = new HookRegistry({ observer: { hooksRan: broken, hookFailed: broken, hookVetoed: broken } });
  hooks.register('event', (data: number) => data + 1, { id: 'adds' });
  hooks.register('event', broken, { id: 'fails', onError: 'skip' });
  for (const data of [1, 2]) expect((await hooks.run('event', data, { onStep: broken })).data).toBe(data + 1);
  await until(() => warnings.messages.length === 4, 'the warnings');
  expect(warnings.messages.toSorted()).toEqual([
    expect.stringContaining('onStep of a run of event "event"'),
    expect.stringContaining('onStep of a run of event "event"'),
    expect.stringContaining('the observer given to HookRegistry, hookFailed'),
    expect.stringContaining('the observer given to HookRegistry, hooksRan'),
  ]);
});
