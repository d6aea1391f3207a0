import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { FirstLine } from '../../../src/launcher/go-plugin/first-line.ts';

test.each([
  [['1|1', '|a\nb\n', 'c'], '1|1|a', 'b\nc'],
  [['1|a\r\n'], '1|a', ''],
  [['1|a\n\nb'], '1|a', '\nb'],
  [['hello\nb'], 'hello', 'hello\nb'],
  [['1|a'], undefined, '1|a'],
  [[], undefined, ''],
  [['1'.repeat(20_000), '\nb'], '1'.repeat(16_384), `${'1'.repeat(20_000)}\nb`],
])('of %j', async (chunks, line, rest) => {
  const first = new FirstLine();
  const left = await first.take(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), (said) =>
    said.startsWith('1|'),
  );
  expect(await first.text).toBe(line);
  expect(await text(left)).toBe(rest);
});
