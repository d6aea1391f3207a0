import { expect, test, vi } from 'vitest';
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

test('of memory up to 4 MiB the largest is kept', () => {
  const copies = new BodyCopies();
  const [large, small] = [4 * MIB, MIB].map((size) => lend(copies, new Uint8Array(size)));
  for (const lent of [small, large, small]) lent?.written();
  expect(lend(copies, new Uint8Array(2 * MIB)).copy.buffer).toBe(large?.copy.buffer);
});

test('memory over 4 MiB is kept for copies of that size, for a second', () => {
  vi.useFakeTimers();
  try {
    const copies = new BodyCopies();
    const first = lend(copies, new Uint8Array(6 * MIB));
    first.written();
    expect(lend(copies, new Uint8Array(MIB)).copy.buffer).not.toBe(first.copy.buffer);
    vi.advanceTimersByTime(900);
    const second = lend(copies, new Uint8Array(5 * MIB));
    expect(second.copy.buffer).toBe(first.copy.buffer);
    second.written();
    vi.advanceTimersByTime(900);
    const third = lend(copies, new Uint8Array(6 * MIB));
    expect(third.copy.buffer).toBe(first.copy.buffer);
    third.written();
    vi.advanceTimersByTime(1_000);
    expect(lend(copies, new Uint8Array(5 * MIB)).copy.buffer).not.toBe(first.copy.buffer);
  } finally {
    vi.useRealTimers();
  }
});
