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

/** What tqdm writes for a bar `place` lines below the cursor. */
function bar(place: number, text: string): string {
  return `${'\n'.repeat(place)}\r${text}${'\u001b[A'.repeat(place)}`;
}

test.each([
  ['the last state of a bar', ['\r 10%', '\r 50%\r', '100%\n', 'next\n'], ['100%', 'next']],
  [
    'that of one whose states end, not begin, with a step back',
    ['frame=1\rframe=2\rfra', 'me=3\r', 'done\n'],
    ['done'],
  ],
  ['that of one which is not drawn to its end', ['\r 10%', '\r 50%'], [' 50%']],
  ['a bar that was wiped away, and what follows', ['\r 50%', '\r    \r', '\n', '\r    \rnext\n'], [' 50%', 'next']],
  ['lines that end with several returns', ['one\r\r\ntwo\r', '\r\nthree\r', '\n'], ['one', 'two', 'three']],
  ['what is drawn over a line that has text', ['work', 'ing\rdone\n'], ['done']],
])('of a line that is drawn over and over counts %s', (_, chunks, lines) => {
  expect(split(...chunks)).toEqual(lines);
});

test('bars below one another are drawn over, too, and what is written between them is a line', () => {
  const redraws = Array.from(
    { length: 50 },
    (_, n) => bar(0, `outer ${n}`) + bar(1, `inner ${n}`) + bar(2, `third ${n}`),
  );
  const message = `\r   \r\n\r   \r\u001b[Asaid between\n`;
  const lines = split(...redraws, message, ...redraws, bar(0, 'outer done'), '\n');
  const again = ['inner 0', '', 'outer done', ''];
  expect(lines).toEqual(['outer 0', 'inner 0', '', 'third 49', 'said between', ...again]);
});

test('lines that are cleared and written again, as by installers, are drawn over', () => {
  const rows = Array.from({ length: 50 }, (_, n) => `\u001b[2A\u001b[2Kfirst ${n}\n\u001b[2Ksecond ${n}\n`);
  const lines = split('first\nsecond\n', ...rows, 'after\n');
  expect(lines).toEqual(['first', 'second', 'second 49', 'after']);
});

test('a bar of many states takes no more memory than its last one, wherever chunks end', () => {
  const splitter = new LineSplitter();
  const states = Buffer.from(Array.from({ length: 1_000 }, (_, n) => `\rstate ${n}`).join(''));
  for (let start = 0; start < states.length; start += 7)
    expect([...splitter.push(states.subarray(start, start + 7))]).toEqual([]);
  expect(splitter.unfinished).toBe('state 999');
  expect(splitter.isRedrawn).toBe(true);
  expect([...splitter.end()]).toEqual(['state 999']);
  expect([...splitter.push(Buffer.from('next\npart'))]).toEqual(['next']);
  expect([splitter.unfinished, splitter.isRedrawn]).toEqual(['part', false]);
});
