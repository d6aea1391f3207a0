import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';

const LOG = new URL('../../dist/monitor/standard-error-log.js', import.meta.url).href;
const PINO = createRequire(import.meta.url).resolve('pino');

/** What a program that has `log` writes to standard error. */
function written(program: string, level?: string): string {
  const given = JSON.stringify(level === undefined ? {} : { BULKHEAD_LOG: level });
  const source = `import { standardErrorLog } from '${LOG}'; const log = standardErrorLog(${given}); ${program}`;
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  expect(status, stderr.slice(0, 2_000)).toBe(0);
  return stderr;
}

const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the log on standard error', () => {
  test('is written as pino writes it', () => {
    const call = `({ plugin: 'one', instance: 2, fields: { at: new Date(0), none: null, left: undefined, list: ['\\u2028"'] } }, 'it\\nfailed')`;
    const program = `
      import { pino } from '${PINO}';
      const other = pino({ name: 'bulkhead', level: 'debug' }, pino.destination({ dest: 2, sync: true }));
      for (const level of ['debug', 'info', 'warn', 'error']) { log[level]${call}; other[level]${call}; }`;
    const lines = linesOf(written(program, 'debug')).map((line) => ({ ...line, time: typeof line['time'] }));
    expect(lines).toHaveLength(8);
    for (let index = 0; index < lines.length; index += 2) {
      expect(lines[index]).toEqual(lines[index + 1]);
      expect(Object.keys(lines[index] ?? {})).toEqual(Object.keys(lines[index + 1] ?? {}));
    }
  });

  test.each([
    [undefined, ['warn', 'error']],
    ['nonsense', ['warn', 'error']],
    ['trace', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['fatal', []],
    ['silent', []],
  ])('with BULKHEAD_LOG=%s takes %j', (level, expected) => {
    const text = written("for (const level of ['debug', 'info', 'warn', 'error']) log[level]({}, level);", level);
    expect(text === '' ? [] : linesOf(text).map(({ msg }) => msg)).toEqual(expected);
  });

  test('takes integers that JSON does not have', () => {
    expect(linesOf(written("log.warn({ fields: { count: 2n ** 64n } }, '');"))).toMatchObject([
      { fields: { count: '18446744073709551616' } },
    ]);
  });

  test('is written before the next step of the program, and whole where the pipe is full and does not block', () => {
    const program = `
      import { Socket } from 'node:net';
      new Socket({ fd: 2 });
      log.warn({}, 'x'.repeat(2_000_000));
      process.exit();`;
    expect(linesOf(written(program)).map(({ msg }) => String(msg).length)).toEqual([2_000_000]);
  });
});
