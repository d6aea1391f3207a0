import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { BulkheadError, exitCodeOf } from '../../src/errors/bulkhead-error.ts';
import { printError } from '../../src/cli/output/print-error.ts';
import type { Terminal } from '../../src/cli/output/terminal.ts';

function printed(error: unknown, json = false): string {
  let text = '';
  const output = {
    isTerminal: false,
    columns: 80,
    colours: picocolors.createColors(false),
    write: (more: string) => void (text += more),
  };
  const terminal: Terminal = { out: output, error: output, json };
  printError(error, terminal);
  return text;
}

test('an error of no code is a mistake of Bulkhead, told with where it came from', () => {
  const mistake = new TypeError('x is not a function.');
  const text = printed(mistake);
  expect(text).toContain('x is not a function');
  expect(text).toContain('The fault is in Bulkhead (INTERNAL)');
  expect(text).toContain('print-error.test.ts');
  expect(JSON.parse(printed(mistake, true))).toMatchObject({ code: 'INTERNAL', blame: 'bulkhead' });
  expect(exitCodeOf(mistake)).toBe(exitCodeOf(new BulkheadError('INTERNAL', { reason: '' })));
});

test.each([['a text'], [undefined], [Object.create(null)], [Symbol('thrown')]])(
  'whatever is thrown is printed: %o',
  (thrown) => {
    expect(printed(thrown)).toContain('(INTERNAL)');
  },
);
