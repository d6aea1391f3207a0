import { expect, expectTypeOf, test } from 'vitest';
import { BulkheadError, isBulkheadError, withCaller } from '../../src/errors/bulkhead-error.ts';
import type { CatalogueEntry } from '../../src/errors/catalogue/entry.ts';
import { catalogue } from '../../src/errors/catalogue.ts';
import type { ErrorCode, ErrorDetails } from '../../src/errors/error-details.ts';

const TRACEBACK = 'Traceback (most recent call last):\n  File "plugin.py", line 3, in execute\nKeyError: \'text\'\n';
const raised = (): BulkheadError =>
  new BulkheadError(
    'PLUGIN_RAISED',
    { plugin: 'sample', action: 'execute', type: 'KeyError', reason: "'text'" },
    { context: { remoteTraceback: TRACEBACK } },
  );

test('an error that its caller asked for has the name that Node gives to those', () => {
  const cancelled = new BulkheadError('CALL_CANCELLED', { plugin: 'sample', action: 'execute' });
  expect(cancelled.name).toBe('AbortError');
  expect(cancelled.stack).toMatch(/^AbortError: The call of sample.execute was cancelled/);
  expect(raised().name).toBe('BulkheadError');
});

test('the status for a web request has the name that Fastify and Express know as well', () => {
  expect(raised()).toMatchObject({ httpStatus: 500, statusCode: 500 });
});

test('the stack ends with the traceback of the plugin, once, however often context is added', () => {
  const { stack } = raised().within({ plugin: 'sample', remoteTraceback: TRACEBACK });
  expect(stack).toMatch(/^BulkheadError: sample.execute raised KeyError: 'text'\n {4}at /);
  expect(stack?.split('Traceback')).toHaveLength(2);
  expect(stack?.endsWith("KeyError: 'text'")).toBe(true);
});

test('an error from another turn gets the lines that wait for it, before the traceback', async () => {
  const error = raised();
  async function call(): Promise<void> {
    try {
      await new Promise((_, reject) => setImmediate(() => reject(error)));
    } catch (thrown) {
      throw withCaller(thrown);
    }
  }
  async function theCaller(): Promise<void> {
    await call();
  }
  const told = await theCaller().catch((thrown: unknown) => thrown as BulkheadError);
  expect(told?.stack).toMatch(/ {4}at async theCaller \(.*\n[\s\S]*In the plugin:\nTraceback/);
  expect(error.stack).not.toContain('theCaller'); // others may get the same error
});

test('what is no error of ours stays what it is', () => {
  const thrown = new Error("the caller's own");
  expect(withCaller(thrown)).toBe(thrown);
});

test('the details of every code have a type of their own', () => {
  type Untyped = {
    [Code in ErrorCode]: [ErrorDetails[Code]] extends [never]
      ? Code
      : unknown extends ErrorDetails[Code]
        ? Code
        : never;
  }[ErrorCode];
  expectTypeOf<Untyped>().toBeNever();
  for (const [code, { sample, message, advice }] of Object.entries(
    catalogue as unknown as Record<string, CatalogueEntry<never>>,
  )) {
    expect(`${message(sample)} ${advice(sample)}`, code).not.toMatch(/undefined|NaN|\[object/);
  }
});

test('an error can be told by its code, which says what its details are', () => {
  const error: unknown = new BulkheadError('PLUGIN_UNKNOWN', {
    plugin: 'smaple',
    nearest: 'sample',
    known: ['sample'],
  });
  expect(isBulkheadError(error)).toBe(true);
  expect(isBulkheadError(error, 'CALL_TIMEOUT')).toBe(false);
  if (!isBulkheadError(error, 'PLUGIN_UNKNOWN')) throw new Error('it is one');
  expectTypeOf(error.details.nearest).toEqualTypeOf<string | undefined>();
  expect(error.details.nearest).toBe('sample');
});
