import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStdioData } from '../../../src/transport/go-plugin/stdio-data.ts';

test.each([
  [[0x08, 1, 0x12, 2, 104, 105], 'stdout', 'hi'],
  [[0x12, 1, 104, 0x08, 2], 'stderr', 'h'],
  [[0x08, 1], 'stdout', ''],
  [[0x08, 1, 0x12, 0x80, 1, ...Array.from({ length: 128 }, () => 97)], 'stdout', 'a'.repeat(128)],
  [[0x08, 1, 0x12, 9, 104], 'stdout', 'h'],
])('%j', (bytes, stream, text) => {
  const data = readStdioData(Buffer.from(bytes));
  expect(data?.stream).toBe(stream);
  expect(data?.bytes.toString()).toBe(text);
});

test('what is something else is left out', () => {
  for (const bytes of [[], [0x08, 0], [0x08, 3], [0x1a, 0], [0xff]])
    expect(readStdioData(Buffer.from(bytes))).toBeUndefined();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void readStdioData(Buffer.from(bytes))));
});
