import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { onlyOnLinux } from '../../packages/bulkhead/test/not-run.ts';
import { chosen } from '../mutate/chosen.js';
import { applied, mutantsIn } from '../mutate/mutants.js';
import { testsOf } from '../mutate/reach.js';
import { endLeftovers } from '../mutate/test-run.js';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

describe('the changes of a mutation run', () => {
  const outcomes = (text: string): string[] => mutantsIn('a.ts', text).map((mutant) => applied(mutant, text));

  test.each([
    ['if (a) b();', ['if (true) b();', 'if (false) b();', 'if (a) ']],
    ['x = a < 1;', ['', 'x = a <= 1;']],
    ['export const x: 1 | true = "…" + a && !b;', ['… || !b;', '… && b;']],
    ['f(a.some(g), a[some]);', ['', 'f(a.every(g), a[some]);']],
    ['logger.warn(a); await b.close();', ['logger.warn(a); ']],
    [
      'socket.cork(); f(now - since < LIMIT_MILLISECONDS);',
      ['socket.cork(); ', 'socket.cork(); f(now + since < LIMIT_MILLISECONDS);'],
    ],
    ['return_(true as boolean);', ['', 'return_(false as boolean);']],
    ['import { a } from "b"; export type C = true; interface D { e: true }', []],
  ])('%s', (text, expected) => {
    const before = 'export const x: 1 | true = "…" + a';
    expect(outcomes(text)).toEqual(expected.map((each) => each.replace(/^…/, before)));
  });

  test('are found with their lines', () => {
    expect(mutantsIn('a.ts', 'a;\n\n  b(1);')).toMatchObject([{ file: 'a.ts', line: 3, before: 'b(1);', after: '' }]);
  });

  test('are the same for the same seed, in turns from each folder', () => {
    const change = (file: string, before: string): { file: string; before: string; after: string } => ({
      file,
      before,
      after: '',
    });
    const large = Array.from({ length: 100 }, (_, index) => change('large', String(index % 50)));
    const small = [change('small', '1'), change('small', '2')];
    const order = (
      seed: number,
      ...folders: (readonly { file: string; before: string; after: string }[])[]
    ): string[] =>
      [...chosen(new Map(folders.map((changes, index) => [String(index), changes])), seed)].map(
        ({ file, before }) => `${file} ${before}`,
      );
    const both = order(7, large, small);
    expect(order(7, large, small)).toEqual(both);
    expect(order(8, large, small)).not.toEqual(both);
    expect(both).toHaveLength(102);
    expect(both.slice(0, 4).map((each) => each.split(' ')[0])).toEqual(['large', 'small', 'large', 'small']);
    // a folder alone, or with more in it, keeps its order
    expect(order(7, large)).toEqual(both.filter((each) => each.startsWith('large')));
    expect(order(7, [change('large', 'new'), ...large]).filter((each) => each !== 'large new')).toEqual(
      order(7, large),
    );
  });
});

test('a change is shown to the tests that load its file, those of its folder first', () => {
  const [own = [], others = []] = testsOf(ROOT, 'packages/bulkhead/src/session/session.ts');
  expect(own).toContain('packages/bulkhead/test/session/session.test.ts');
  expect(own.every((file) => file.startsWith('packages/bulkhead/test/session/'))).toBe(true);
  expect(others).toContain('packages/bulkhead/test/manager/supervision.test.ts');
});

test(
  'what still runs in the copy is ended, and nothing else',
  onlyOnLinux('processes are found in /proc'),
  async () => {
    const copy = realpathSync(mkdtempSync(join(tmpdir(), 'bulkhead-mutate-')));
    const start = async (cwd: string, variables: NodeJS.ProcessEnv = {}): Promise<ReturnType<typeof spawn>> => {
      const code = 'console.log(1); setInterval(() => {}, 1e6)';
      const child = spawn(process.execPath, ['-e', code], {
        cwd,
        env: { ...process.env, ...variables },
        detached: true,
      });
      await once(child.stdout, 'data');
      return child;
    };
    const [inside, told, beside] = [
      await start(copy),
      await start('/', { SOME_PATH: join(copy, 'x') }),
      await start('/', { SOME_PATH: `${copy}-beside` }),
    ];
    try {
      const ended = Promise.all([once(inside, 'exit'), once(told, 'exit')]);
      endLeftovers(copy);
      expect(await ended).toEqual([
        [null, 'SIGKILL'],
        [null, 'SIGKILL'],
      ]);
      expect(beside.exitCode ?? beside.signalCode).toBeNull();
    } finally {
      for (const child of [inside, told, beside]) child.kill('SIGKILL');
      rmSync(copy, { recursive: true });
    }
  },
);
