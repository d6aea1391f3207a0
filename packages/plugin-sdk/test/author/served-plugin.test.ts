import { describe, expect, expectTypeOf, test } from 'vitest';
import { type Action, action } from '../../src/author/action.ts';
import type { InputStream } from '../../src/author/input-stream.ts';
import type { Miswritten } from '../../src/author/errors.ts';
import { hook } from '../../src/author/hook.ts';
import { definePlugin, Plugin, type PluginDefinition } from '../../src/author/plugin.ts';
import { readPlugin } from '../../src/author/read-plugin.ts';
import type { Schema } from '../../src/author/schema.ts';
import { servedPlugin } from '../../src/author/served-plugin.ts';
import { rows, text } from './schemas.ts';

type Given<Of extends Action> = NonNullable<Of['types']>['input'];

const noContext = undefined as never;

function mistakes(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    return (error as Miswritten).mistakes.map(({ message }) => message);
  }
  return [];
}

describe('what a module exports', () => {
  test('is a plugin as an object, as a class, or as an object of one', () => {
    const definition: PluginDefinition = { actions: { execute: () => 1 } };
    expect(readPlugin(definePlugin(definition), 'plugin.ts')).toBe(definition);
    class Counter extends Plugin {
      static override readonly actions = { add: { idempotent: true } };
      #count = 1;

      execute(): number {
        return this.#count;
      }

      add(more: number): number {
        this.#count += more;
        return this.#count;
      }
    }
    for (const exported of [Counter, new Counter()]) {
      const { actions } = servedPlugin(readPlugin(exported, 'plugin.ts'), 'plugin.ts');
      expect([...actions.keys()]).toEqual(['execute', 'add']);
      expect(actions.get('add')?.run(2, noContext)).toBe(3);
      expect(actions.get('execute')?.run(null, noContext)).toBe(3);
      expect(actions.get('add')?.description).toEqual({ idempotent: true });
    }
  });

  test.each([
    ['nothing', undefined, /no default export/],
    ['something else', { execute: () => 1 }, /is no plugin/],
    ['another class', class {}, /is no plugin/],
  ])('or the mistake says that it is %s', (_, exported, words) => {
    expect(mistakes(() => readPlugin(exported, 'plugin.ts'))).toEqual([expect.stringMatching(words)]);
  });

  test('names methods that there are', () => {
    class Misspelt extends Plugin {
      static override readonly actions = { ad: {} };
      static override readonly hooks = { pre_process: { method: 'clean' } };
    }
    expect(mistakes(() => readPlugin(Misspelt, 'plugin.ts'))).toEqual([
      expect.stringContaining('"ad"'),
      expect.stringContaining('"clean"'),
    ]);
  });
});

test('all that is wrong with a plugin is told at once', () => {
  const wrong: Record<string, unknown> = {
    actions: {
      '@own': () => 1,
      shout: action({ input: {} as Schema, cache: { ttl: -1, forever: true } as never }, () => 1),
      text: 'no function',
    },
    hooks: {
      pre_process: [hook({ mode: 'look' as never, priority: Number.NaN }, () => 1), hook({}, () => 1)],
    },
  };
  expect(mistakes(() => servedPlugin(wrong, 'plugin.ts'))).toEqual([
    expect.stringContaining("begin with @ are Bulkhead's own"),
    expect.stringContaining('its input is no schema'),
    expect.stringContaining('cache takes no ttl of -1'),
    expect.stringContaining('cache takes no forever of true'),
    expect.stringContaining('"text" is no function'),
    expect.stringContaining('priority is a number, not NaN'),
    expect.stringContaining('mode is transform, audit, notify, not look'),
    expect.stringContaining('two hooks of pre_process are called pre_process'),
  ]);
  expect(mistakes(() => servedPlugin({}, 'plugin.ts'))).toEqual([
    expect.stringContaining('neither an action nor a hook'),
  ]);
});

test('examples are described as they are written', () => {
  const examples = [{ input: { name: 'Ada' }, output: 'Hello, Ada!' }, { input: null }];
  const { actions } = servedPlugin({ actions: { greet: action({ examples }, () => 1), wave: () => 1 } }, 'plugin.ts');
  expect(actions.get('greet')?.description).toEqual({ examples });
  expect(actions.get('wave')?.description).toEqual({});
});

test.each([
  ['Ada', 'takes a list of calls'],
  [[1], 'one has no input'],
  [[{ output: 1 }], 'one has no input'],
  [[{ input: 1, result: 2 }], 'one has "result" beside'],
  [[{ input: { when: new Map() } }], "an example can't be sent: "],
  [Array.from({ length: 1_001 }, () => ({ input: 1 })), 'at most 1000 examples, not 1001'],
])('examples that are none are told: %j', (examples, said) => {
  const wrong = { actions: { greet: action({ examples: examples as never }, () => 1) } };
  expect(mistakes(() => servedPlugin(wrong, 'plugin.ts'))).toEqual([expect.stringContaining(said)]);
});

describe('an action with schemas', () => {
  const shout = action({ input: text, streams: { rows } }, ({ text, rows }) => {
    expectTypeOf(text).toEqualTypeOf<string>();
    expectTypeOf(rows).toEqualTypeOf<InputStream<number>>();
    return { text, rows };
  });
  const { actions } = servedPlugin({ actions: { shout } }, 'plugin.ts');

  test('gets what comes out of them, with its streams beside', () => {
    const stream = {};
    expect(actions.get('shout')?.run({ text: ' a ', rows: stream }, noContext)).toEqual({ text: 'a', rows: stream });
  });

  test('says where an input does not fit', () => {
    expect(() => actions.get('shout')?.run({ text: 7, rows: {} }, noContext)).toThrow(
      expect.objectContaining({ name: 'InputRejected', path: '$.text', message: '$.text: expected text' }),
    );
  });

  test('is described by them', () => {
    expect(actions.get('shout')?.description.input).toEqual({
      type: 'object',
      properties: {
        text: { type: 'string' },
        rows: { type: 'array', format: 'stream', description: 'a stream or an array', items: { type: 'number' } },
      },
      required: ['text', 'rows'],
    });
  });

  test('has the types of them', () => {
    const typed = action({ input: text, output: text }, ({ text }) => ({ text }));
    expectTypeOf<Given<typeof typed>>().toEqualTypeOf<{ text: string | number }>();
    // @ts-expect-error it answers something else than its schema says
    action({ input: text, output: text }, () => ({ text: 7 }));
    // without a schema a handler names what it expects
    const free = action({ idempotent: true }, (input: { a: number }) => input.a);
    expectTypeOf<Given<typeof free>>().toEqualTypeOf<{ a: number }>();
    expect(free.options).toEqual({ idempotent: true });
  });
});
