import { describe, expect, test } from 'vitest';
import { type JsonSchema, Schema } from '../../../src/verification/inputs/schema.ts';
import { valueOf } from '../../../src/verification/inputs/values.ts';

const made = (schema: JsonSchema): unknown[] =>
  (['minimal', 'typical'] as const).map((extent) => valueOf(new Schema(schema), extent)?.value);

test.each<[JsonSchema, unknown, unknown]>([
  [{ type: 'string' }, 'Ada', 'Ada'],
  [{ type: 'string', minLength: 5 }, 'Ada..', 'Ada..'],
  [{ type: 'string', maxLength: 2 }, 'Ad', 'Ad'],
  [{ type: 'string', format: 'date' }, '2024-02-29', '2024-02-29'],
  [{ type: 'integer', minimum: 5 }, 5, 5],
  [{ type: 'integer', exclusiveMinimum: 5, multipleOf: 4 }, 12, 12],
  [{ type: 'number', maximum: -2 }, -2, -2],
  [{ type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }, 0.5, 0.5],
  [{ type: 'boolean' }, true, true],
  [{ type: 'null' }, null, null],
  [{ type: ['null', 'integer'] }, 1, 1],
  [{ enum: ['red', 'green'] }, 'red', 'red'],
  [{ const: 7 }, 7, 7],
  [{ type: 'string', pattern: '^x+$', examples: ['xx'] }, 'xx', 'xx'],
  [{ type: 'integer', default: 9 }, 9, 1],
  [{ anyOf: [{ type: 'null' }, { type: 'integer' }] }, 1, 1],
  [{ allOf: [{ type: 'integer' }, { minimum: 3 }] }, 3, 3],
  [{ type: 'array', items: { type: 'integer' } }, [], [1, 1]],
  [{ type: 'array', items: { type: 'integer' }, minItems: 3 }, [1, 1, 1], [1, 1, 1]],
  [{ type: 'array', prefixItems: [{ type: 'integer' }, { type: 'string' }] }, [1, 'Ada'], [1, 'Ada']],
  [
    { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'string' } }, required: ['a'] },
    { a: 1 },
    { a: 1, b: 'Ada' },
  ],
  [
    { $ref: '#/$defs/point', $defs: { point: { type: 'object', properties: { x: { type: 'number' } } } } },
    {},
    { x: 1 },
  ],
  [{ format: 'bytes' }, new Uint8Array([0, 1, 127, 128, 255]), new Uint8Array([0, 1, 127, 128, 255])],
  [{}, 'anything', 'anything'],
])('a value is made for %j', (schema, minimal, typical) => {
  expect(made(schema)).toEqual([minimal, typical]);
});

describe('no value is made', () => {
  test('where none that comes to mind fits', () => {
    expect(made({ type: 'string', pattern: '^[0-9]{4}$' })).toEqual([undefined, undefined]);
    expect(made({ not: {} })).toEqual([undefined, undefined]);
  });

  test('of what contains itself without an end; where it may end, it does', () => {
    const endless = { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] };
    expect(made(endless)).toEqual([undefined, undefined]);
    expect(made({ type: 'object', properties: { next: { $ref: '#' } } })[0]).toEqual({});
  });
});
