import { expect, test } from 'vitest';
import { brokenness, Schema } from '../../../src/verification/inputs/schema.ts';

test('says where a value does not fit', () => {
  const schema = new Schema({ type: 'object', properties: { rows: { type: 'array', items: { type: 'integer' } } } });
  expect(schema.misfit({ rows: [1, 2] })).toBeUndefined();
  expect(schema.misfit({ rows: [1, 'two'] })).toMatch(/^at \/rows\/1: /);
  expect(schema.misfit('Ada')).toMatch(/^at the whole: /);
});

test('takes values as JSON would show them', () => {
  const shown = new Schema({
    type: 'object',
    properties: { at: { type: 'string', format: 'date-time' }, size: { type: 'integer' }, data: { format: 'bytes' } },
  });
  expect(shown.misfit({ at: new Date(0), size: 2n ** 60n, data: new Uint8Array(3) })).toBeUndefined();
  expect(shown.misfit({ at: 'yesterday' })).toMatch(/^at \/at: /);
});

test('a schema that can not be read is no schema', () => {
  expect(brokenness({ $ref: '#/$defs/nowhere' }, {})).toContain('nowhere');
  expect(brokenness({ type: 'string', pattern: '(?P<name>x)' }, 'x')).toContain('(?P<name>x)');
  expect(brokenness({ type: 'string' }, {})).toBeUndefined();
});
