import { expect, test } from 'vitest';
import { declarationsOf } from '../../src/cli/types/declarations.ts';
import { type Direction, type Schema, typeOf } from '../../src/cli/types/schema-type.ts';

const typed = (schema: unknown, direction: Direction): string =>
  typeOf(schema, { direction, root: {}, typeOfDefinition: (name) => name, need: () => {} });

test.each<[unknown, string, string]>([
  [{}, 'unknown', 'unknown'],
  [undefined, 'unknown', 'unknown'],
  [{ type: 'something' }, 'unknown', 'unknown'],
  [{ not: {} }, 'unknown', 'unknown'],
  [{ type: 'string' }, 'string', 'string'],
  [{ type: 'integer' }, 'number | bigint', 'number'],
  [{ type: 'number' }, 'number', 'number'],
  [{ type: 'null' }, 'null', 'null'],
  [{ format: 'bytes' }, 'Uint8Array', 'Uint8Array'],
  [{ type: 'string', format: 'date-time' }, 'Date | string', 'Date | string'],
  [{ type: 'string', format: 'date' }, 'Date | string', 'string'],
  [{ type: 'string', format: 'uuid' }, 'string', 'string'],
  [{ type: 'array', format: 'typed-array' }, 'TypedArray | NdArray | readonly unknown[]', 'TypedArray | NdArray'],
  [
    { type: 'array', format: 'stream', items: { type: 'string' } },
    'AsyncIterable<string> | Iterable<string>',
    'string[]',
  ],
  [{ enum: ['a', 1, null, true] }, '"a" | 1 | null | true', '"a" | 1 | null | true'],
  [{ const: 'a"b' }, String.raw`"a\"b"`, String.raw`"a\"b"`],
  [{ anyOf: [{ type: 'string' }, { type: 'null' }, { type: 'string' }] }, 'string | null', 'string | null'],
  [{ anyOf: [{ type: 'string' }, {}] }, 'unknown', 'unknown'],
  [{ type: ['string', 'number'] }, 'string | number', 'string | number'],
  [{ allOf: [{ $ref: '#/$defs/Order' }, {}] }, 'Order', 'Order'],
  [{ type: 'array' }, 'readonly unknown[]', 'unknown[]'],
  [{ type: 'array', items: { type: 'string' } }, 'readonly string[]', 'string[]'],
  [{ type: 'array', items: { type: 'number' } }, 'readonly number[] | TypedArray', 'number[]'],
  [{ type: 'array', items: { type: ['string', 'null'] } }, 'readonly (string | null)[]', '(string | null)[]'],
  [
    { type: 'array', prefixItems: [{ type: 'string' }, { type: 'boolean' }], minItems: 1 },
    'readonly [string, (boolean)?]',
    '[string, (boolean)?]',
  ],
  [{ type: 'object' }, 'object', 'Record<string, unknown>'],
  [{ type: 'object', additionalProperties: { type: 'boolean' } }, 'Record<string, boolean>', 'Record<string, boolean>'],
  [
    { type: 'object', properties: { a: { type: 'string' }, 'b-c': {} }, required: ['a'] },
    '{ a: string; "b-c"?: unknown }',
    '{ a: string; "b-c"?: unknown }',
  ],
  [{ $ref: '#/$defs/Order' }, 'Order', 'Order'],
  [{ $ref: 'https://example.org/order' }, 'unknown', 'unknown'],
])('%j is %s for a caller, and %s in an answer', (schema, input, output) => {
  expect(typed(schema, 'input')).toBe(input);
  expect(typed(schema, 'output')).toBe(output);
});

const described = (actions: Record<string, Schema>, id = 'text-tools'): string =>
  declarationsOf([{ id, version: undefined, node: undefined, python: '3.11.7', metadata: {}, actions, hooks: [] }]);

test('an action is a method with its comment, its parameters and theirs', () => {
  const input = {
    type: 'object',
    properties: { text: { type: 'string', description: 'What to look at.' }, top: { type: 'number', default: 10 } },
    required: ['text'],
    additionalProperties: false,
  };
  const text = described({
    execute: {},
    keywords: { description: 'The longest words.\nOf a text.', input, output: { type: 'array' } },
    count: { input: { ...input, required: [] }, stream: true, output: { type: 'number' } },
  });
  expect(text)
    .toBe(`// Written by \`bulkhead types\`, from what the plugins say of themselves. Run it again after a change.
import type { PluginStream } from 'bulkhead';

/** For \`PluginManager.open<Plugins>()\`. */
export interface Plugins {
  "text-tools": {
    execute(input?: unknown): unknown;
    /**
     * The longest words.
     * Of a text.
     */
    keywords(input: {
      /** What to look at. */
      text: string;
      /** @default 10 */
      top?: number;
    }): unknown[];
    count(input?: {
      /** What to look at. */
      text?: string;
      /** @default 10 */
      top?: number;
    }): PluginStream<number>;
  };
}
`);
});

test('classes are named once, also those that refer to themselves; what is an answer has a name of its own if it differs', () => {
  const $defs = {
    Node: {
      type: 'object',
      properties: { next: { anyOf: [{ $ref: '#/$defs/Node' }, { type: 'null' }] }, kind: { $ref: '#/$defs/Kind' } },
    },
    Kind: { enum: ['leaf', 'root'] },
    Loop: { $ref: '#/$defs/Loop' },
    When: { type: 'object', properties: { at: { type: 'string', format: 'date' } } },
  };
  const input = {
    type: 'object',
    properties: { node: { $ref: '#/$defs/Node' }, loop: { $ref: '#/$defs/Loop' }, when: { $ref: '#/$defs/When' } },
    additionalProperties: false,
    $defs,
  };
  const text = described({
    grow: { input, output: { $ref: '#/$defs/Node', $defs } },
    when: { output: { $ref: '#/$defs/When', $defs } },
  });
  expect(text).toContain(
    'grow(input?: { node?: TextToolsNode; loop?: unknown; when?: TextToolsWhen }): TextToolsNode;',
  );
  expect(text).toContain('when(input?: unknown): TextToolsWhenResult;');
  expect(text.match(/interface \w+ \{[^}]*\}/g)?.slice(1)).toEqual([
    'interface TextToolsNode {\n  next?: TextToolsNode | null;\n  kind?: "leaf" | "root";\n}',
    'interface TextToolsWhen {\n  at?: Date | string;\n}',
    'interface TextToolsWhenResult {\n  at?: string;\n}',
  ]);
});

test('text of a plugin stays text: it ends no comment and no name, and hides nothing', () => {
  const text = described(
    {
      new: {
        description: 'First */ export const hacked = 1; /*',
        input: { type: 'object', properties: { '"; }': {} } },
      },
      '\u202egnp': { description: '\u001b[31mred' },
    },
    'a"b',
  );
  expect(text).toContain(String.raw`"a\"b": {`);
  expect(text).toContain(String.raw`/** First *\/ export const hacked = 1; /* */`);
  expect(text).toContain('"new"(input?: { "\\"; }"?: unknown } & Record<string, unknown>): unknown;');
  expect(text).toContain(String.raw`"\u202egnp"(`);
  expect(text).toContain(String.raw`/** \x1b[31mred */`);
});
