import { expect, test } from 'vitest';
import { LineSplitter } from '../../src/lifecycle/line-splitter.ts';

function split(...chunks: (string | Buffer)[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter();
  for (const chunk of chunks) lines.push(...splitter.push(Buffer.from(chunk as string)));
  lines.push(...splitter.end());
  return lines;
}

test('lines are put together from chunks, with and without their ends', () => {
  expect(split('one\ntw', 'o\r\n', '\nlast')).toEqual(['one', 'two', '', 'last']);
  expect(split('')).toEqual([]);
});

test('a character cut by the end of a chunk is put together again', () => {
  const bytes = Buffer.from('Grüße 🎉\n');
  expect(split(...[...bytes].map((byte) => Buffer.of(byte)))).toEqual(['Grüße 🎉']);
});

test('a line without an end is delivered in pieces, and nothing is lost', () => {
  const lines = split(...Array.from({ length: 100 }, () => 'x'.repeat(1_000)), '\nnext\n');
  expect(lines.slice(0, -1).join('')).toBe('x'.repeat(100_000));
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(16_384);
  expect(lines.at(-1)).toBe('next');
});
