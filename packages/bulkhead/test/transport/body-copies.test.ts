import { expect, test } from 'vitest';
import { BodyCopies } from '../../src/transport/body-copies.ts';

const MIB = 1024 * 1024;

interface Lent {
  readonly copy: Uint8Array;
  readonly written: () => void;
}

function lend(copies: BodyCopies, body: Uint8Array): Lent {
  let lent: Lent | undefined;
  copies.lend(body, (copy, written) => (lent = { copy, written }));
  return lent as Lent;
}

test('a copy is of its own, and its memory is used again only when the socket needs it no more', () => {
  const copies = new BodyCopies();
  const body = new Uint8Array(MIB).fill(1);
  const first = lend(copies, body);
  body.fill(2);
  const second = lend(copies, body);
  expect([first.copy[0], second.copy[0]]).toEqual([1, 2]);
  expect(second.copy.buffer).not.toBe(first.copy.buffer);
  first.written();
  const third = lend(copies, body.subarray(0, 100_000));
  expect(third.copy.buffer).toBe(first.copy.buffer);
  expect([third.copy.length, third.copy.every((byte) => byte === 2)]).toEqual([100_000, true]);
  expect(second.copy[0]).toBe(2);
});

test('the larger memory is kept, but none over 4 MiB', () => {
  const copies = new BodyCopies();
  const [large, small, huge] = [4 * MIB, MIB, 4 * MIB + 1].map((size) => lend(copies, new Uint8Array(size)));
  for (const lent of [huge, small, large, small]) lent?.written();
  const next = lend(copies, new Uint8Array(2 * MIB));
  expect(next.copy.buffer).toBe(large?.copy.buffer);
  expect(lend(copies, new Uint8Array(5 * MIB)).copy.buffer).not.toBe(huge?.copy.buffer);
});
