import { expect, test } from 'vitest';
import { answerOf, parametersOf } from '../../src/cli/output/schema-text.ts';

const typeOf = (schema: object, $defs = {}): string | undefined =>
  parametersOf({ type: 'object', properties: { it: schema }, $defs })[0]?.type;

test.each([
  [{}, 'any'],
  [{ type: 'integer' }, 'integer'],
  [{ type: 'string', format: 'date-time' }, 'string (date-time)'],
  [{ enum: ['a', 'b'] }, '"a" or "b"'],
  [{ const: 3 }, '3'],
  [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'string or null'],
  [{ type: ['string', 'null'] }, 'string or null'],
  [{ type: 'array', items: { type: 'number' } }, 'array of number'],
  [{ type: 'object', title: 'Point' }, 'Point'],
  [{ format: 'bytes' }, 'bytes'],
  [{ type: 'array', format: 'typed-array' }, 'typed array'],
  [{ type: 'array', format: 'stream', items: { type: 'integer' } }, 'stream of integer'],
])('%j is shown as %s', (schema, text) => {
  expect(typeOf(schema)).toBe(text);
});

test('a reference is shown by the name of what it refers to, and one that goes in a circle ends', () => {
  expect(typeOf({ $ref: '#/$defs/Point' }, { Point: { type: 'object' } })).toBe('Point');
  expect(typeOf({ $ref: '#/$defs/Loop' }, { Loop: { $ref: '#/$defs/Loop' } })).toBe('any');
});

test('each parameter says whether it is required, or what it is otherwise', () => {
  const properties = { a: { type: 'string' }, b: { type: 'integer', default: 3 }, c: {} };
  expect(parametersOf({ properties, required: ['a'] }).map(({ need }) => need)).toEqual(['required', 'default 3', '']);
});

test('what is no schema of an object has no parameters', () => {
  for (const input of [undefined, null, true, { type: 'array' }]) expect(parametersOf(input)).toEqual([]);
});

test.each([
  [{}, ''],
  [{ stream: true }, 'stream'],
  [{ output: { type: 'null' } }, 'null'],
  [{ output: { $ref: '#/$defs/Row', $defs: { Row: { type: 'object' } } }, stream: true }, 'stream of Row'],
])('the answer of %j is shown as %j', (action, text) => {
  expect(answerOf(action)).toBe(text);
});
