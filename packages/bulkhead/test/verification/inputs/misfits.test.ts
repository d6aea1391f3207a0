import { expect, test } from 'vitest';
import { misfitsOf } from '../../../src/verification/inputs/misfits.ts';
import { Schema } from '../../../src/verification/inputs/schema.ts';

test('each is made of a good input by one change, and the schema forbids it', () => {
  const schema = new Schema({
    type: 'object',
    properties: { name: { type: 'string' }, size: { type: 'number' }, more: {} },
    required: ['name'],
    additionalProperties: false,
  });
  expect(misfitsOf(schema, { name: 'Ada', size: 1 })).toEqual([
    { input: { size: 1 }, wrong: 'without "name"' },
    { input: { name: [[]], size: 1 }, wrong: 'in which "name" is [[]]' },
    { input: { name: 'Ada', size: [[]] }, wrong: 'in which "size" is [[]]' },
    { input: { name: 'Ada', size: 1, no_such_key_of_this_action: 1 }, wrong: 'with a key that it does not have' },
  ]);
});

test('of a schema that allows everything there are none', () => {
  expect(misfitsOf(new Schema({}), { any: 1 })).toEqual([]);
  expect(misfitsOf(new Schema({ type: 'object', properties: { any: {} } }), { any: 1 })).toEqual([]);
  expect(misfitsOf(new Schema({ type: 'string' }), 'Ada')).toEqual([]);
});
