import { encode, Kind } from '@bulkhead/protocol';
import { expect, test } from 'vitest';
import { logOf } from '../../src/calls/log.ts';

function lines(write: (log: ReturnType<typeof logOf>) => void): Record<string, unknown>[] {
  const sent: (readonly unknown[])[] = [];
  write(logOf({ send: (message) => void sent.push(message), isCancelled: () => false, flush: () => {} }, 7));
  return sent.map(([kind, call, line]) => {
    expect([kind, call]).toEqual([Kind.Log, 7]);
    return line as Record<string, unknown>;
  });
}

test('a line has what can be sent as it is, and all else in words', () => {
  const fields = { count: 1, list: [1, 2], map: new Map([['a', 1]]), big: 'x'.repeat(100_000), bad: '\ud800' };
  const [line] = lines((log) => log.info({ not: 'text' }, fields));
  expect(line).toMatchObject({ level: 'info', message: "{ not: 'text' }", fields: { count: 1, list: [1, 2] } });
  const sent = { ...(line?.['fields'] as Record<string, string> | undefined) };
  expect(sent['map']).toBe("Map(1) { 'a' => 1 }");
  expect(sent['big']?.length).toBeLessThan(10_000);
  expect(sent['bad']).toBe('\ufffd');
  expect(() => encode(line)).not.toThrow();
});

test('a line shows an error with its stack, and leaves out what does not fit', () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`field${index}`, 'y'.repeat(60_000)]));
  const [error, full] = lines((log) => {
    log.error(new RangeError('far'));
    log.warn('full', many);
  });
  expect(error).toMatchObject({ level: 'error', message: 'RangeError: far' });
  expect(String(error?.['traceback'])).toContain('log.test.ts');
  expect(full).toHaveProperty(
    ['fields', 'fields left out'],
    expect.toSatisfy((count: number) => count > 80),
  );
  expect(encode(full).length).toBeLessThan(1024 * 1024);
});
