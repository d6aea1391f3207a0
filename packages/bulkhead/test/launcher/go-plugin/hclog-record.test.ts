import { expect, test } from 'vitest';
import { hclogRecord } from '../../../src/launcher/go-plugin/hclog-record.ts';

const line = (text: string) => ({ stream: 'stderr', text }) as const;

test('a line of hclog has its level, its logger and its fields', () => {
  const said =
    '{"@level":"trace","@message":"a\\u001b[2J","@module":"kv.store","@timestamp":"now","size":3,"of":["\\u0007"]}';
  expect(hclogRecord(line(said))).toEqual({
    level: 'debug',
    message: 'a\\x1b[2J',
    logger: 'kv.store',
    fields: { size: 3, of: ['\\x07'] },
  });
  expect(hclogRecord(line('{"@level":"error","@message":"b"}'))).toEqual({ level: 'error', message: 'b' });
});

test.each([
  'plain',
  '{"level":"info"}',
  '{"@level":"info"}',
  '{"@level":"loud","@message":"a"}',
  '{"@level":"info","@message":"cut',
  '{"@message":5,"@level":"info"}',
])('%s is a line as any', (text) => {
  expect(hclogRecord(line(text))).toBeUndefined();
});

test('standard output is none of its', () => {
  expect(hclogRecord({ stream: 'stdout', text: '{"@level":"error","@message":"b"}' })).toBeUndefined();
});
