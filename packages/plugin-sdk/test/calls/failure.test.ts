import { describe, expect, test } from 'vitest';
import { Cancelled, InputRejected } from '../../src/author/errors.ts';
import { callFailure, failureOf } from '../../src/calls/failure.ts';

describe('an error on its way to the host', () => {
  test('of a class without a name of its own has that of the class', () => {
    class OutOfStock extends Error {}
    expect(failureOf(new OutOfStock('gone'), 'PLUGIN_RAISED')).toMatchObject({ type: 'OutOfStock', message: 'gone' });
    expect(failureOf(new RangeError('far'), 'PLUGIN_RAISED').type).toBe('RangeError');
  });

  test('has its chain of causes, which may be a circle, and no longer than people read', () => {
    const inner = new Error('inner');
    const outer = new Error('outer', { cause: inner });
    inner.cause = outer;
    expect(failureOf(outer, 'PLUGIN_RAISED').cause).toMatchObject({ message: 'inner' });
    expect(failureOf(outer, 'PLUGIN_RAISED').cause?.cause).toBeUndefined();
    let long = new Error('0');
    for (let number = 1; number < 100; number += 1) long = new Error(String(number), { cause: long });
    let depth = 0;
    for (let each = failureOf(long, 'PLUGIN_RAISED').cause; each !== undefined; each = each.cause) depth += 1;
    expect(depth).toBe(7);
    expect(failureOf(new Error('x'.repeat(1_000_000)), 'PLUGIN_RAISED').message.length).toBeLessThan(10_000);
  });

  test('says why its data was left out', () => {
    const withData = (data: unknown): unknown => failureOf(Object.assign(new Error(), { data }), 'PLUGIN_RAISED').data;
    expect(withData({ shelf: 7 })).toEqual({ shelf: 7 });
    expect(withData(new Map())).toEqual({ 'left out': expect.stringContaining('Map') as unknown });
    expect(withData('x'.repeat(2_000_000))).toEqual({ 'left out': expect.stringContaining('limit') as unknown });
  });

  test('may be hostile, or no error', () => {
    const hostile = new Error();
    for (const property of ['stack', 'message', 'name', 'data', 'cause'])
      Object.defineProperty(hostile, property, {
        get() {
          throw new Error('no');
        },
      });
    expect(failureOf(hostile, 'PLUGIN_RAISED')).toMatchObject({ code: 'PLUGIN_RAISED', message: '' });
    expect(failureOf(undefined, 'PLUGIN_RAISED').message).toBe('threw nothing, which is no Error');
    expect(failureOf({ a: 1 }, 'PLUGIN_RAISED').message).toBe('threw { a: 1 }, which is no Error');
  });

  test('of a cancelled call says so; another error is the cause', () => {
    expect(callFailure(new Cancelled(), true)).toEqual({ code: 'CALL_CANCELLED', message: 'the call was cancelled' });
    expect(callFailure(new DOMException('aborted', 'AbortError'), true).cause).toBeUndefined();
    expect(callFailure(new Error('while cleaning up'), true).cause).toMatchObject({ message: 'while cleaning up' });
    expect(callFailure(new InputRejected('$.a', '$.a: no'), false)).toEqual({
      code: 'INPUT_REJECTED',
      message: '$.a: no',
      data: { path: '$.a' },
    });
  });
});
