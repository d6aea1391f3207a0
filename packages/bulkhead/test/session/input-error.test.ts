import { BodyTooLargeError, FrameEncoder, FrameTooLargeError } from '@bulkhead/protocol';
import { describe, expect, test } from 'vitest';
import { inputError } from '../../src/session/input-error.ts';

/** What the codec throws for this message. */
function thrownFor(message: readonly unknown[], limits = {}): unknown {
  try {
    new FrameEncoder(limits).append(message, 10);
  } catch (error) {
    return error;
  }
  return expect.unreachable('it can be encoded');
}

describe('an input that is too large', () => {
  test('names the limit, and no place for the whole', () => {
    const error = thrownFor([1, 1, 'execute', 'x'.repeat(100)], { maxFrameBytes: 50 });
    expect(error).toBeInstanceOf(FrameTooLargeError);
    expect(inputError(error, 'p', 'execute')).toMatchObject({
      code: 'INPUT_TOO_LARGE',
      details: { limit: 'frame', reason: expect.stringMatching(/^\d+ bytes are over the limit of 50$/) as string },
      cause: error,
    });
  });

  test('names the place of a part', () => {
    const error = thrownFor([1, 1, 'execute', new Uint8Array(100)], { maxBodyBytes: 50 });
    expect(error).toBeInstanceOf(BodyTooLargeError);
    expect(inputError(error, 'p', 'execute', '$.rows')).toMatchObject({
      details: { limit: 'body', reason: '100 bytes are over the limit of 50 (at $.rows)' },
    });
  });
});

test('an input that can’t be encoded is named by its path in the input', () => {
  const error = thrownFor([1, 1, 'execute', { rows: [new Map()] }]);
  expect(inputError(error, 'p', 'execute')).toMatchObject({
    code: 'INPUT_NOT_ENCODABLE',
    details: { path: '$.rows[0]' },
  });
  expect(inputError(error, 'p', 'execute', '$.input[2]')).toMatchObject({ details: { path: '$.input[2].rows[0]' } });
});

test('what the codec did not throw stays what it is', () => {
  const error = new Error('mine');
  expect(inputError(error, 'p', 'execute')).toBe(error);
});
