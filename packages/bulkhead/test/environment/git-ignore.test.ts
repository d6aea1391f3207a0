import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GitIgnore } from '../../src/environment/build/git-ignore.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bulkhead-git-ignore-'));
  git('init', '--quiet');
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

function git(...args: readonly string[]): string {
  const variables = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', ['-C', root, ...args], {
    env: variables,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

const FILES = [
  'a',
  'b.py',
  'one/a',
  'one/b.py',
  'one/two/a',
  'one/two/b.py',
  'one/two/[c]',
  'two/one/a b',
  'two/#a',
  'two/!a',
];

async function files(): Promise<void> {
  for (const file of FILES) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), '');
  }
}

/** Of `FILES`, from the tree at `top`: a folder that is ignored is not looked into, as git does it. */
async function kept(top = root): Promise<string[]> {
  const found: string[] = [];
  for (const file of FILES.map((each) => join(root, each)).filter((each) => each.startsWith(`${top}/`))) {
    let ignore = await GitIgnore.at(top);
    let folder = top;
    let isIgnored = false;
    for (const part of file
      .slice(top.length + 1)
      .split('/')
      .slice(0, -1)) {
      folder = join(folder, part);
      isIgnored ||= ignore.ignores(folder, true);
      ignore = await ignore.into(folder);
    }
    if (!isIgnored && !ignore.ignores(file, false)) found.push(file.slice(root.length + 1));
  }
  return found.toSorted();
}

/** What git would add. */
function keptByGit(): string[] {
  const listed = git('ls-files', '--others', '--exclude-standard', '-z').split('\0');
  return listed.filter((file) => FILES.includes(file)).toSorted();
}

test.each([
  ['a'],
  ['/a'],
  ['one/'],
  ['one/a'],
  ['*.py\n!b.py'],
  ['**/two'],
  ['one/**'],
  ['one/**/b.py'],
  ['one/*/a'],
  ['one/*\n!one/two'],
  ['\\#a\n\\!a'],
  ['a\\ b'],
  ['a   '],
  ['[ab]*'],
  ['[!a]*'],
  ['\\[c\\]'],
  ['[]c]'],
  ['# a\n\n b.py'],
  ['a\r\nb.py\r\n'],
  ['???y'],
  ['[z-a]'],
])('%j leaves out what git leaves out', async (lines) => {
  await files();
  await writeFile(join(root, '.gitignore'), lines);
  expect(await kept()).toEqual(keptByGit());
});

test('any lines in two files leave out what git leaves out', async () => {
  await files();
  const part = fc.constantFrom('a', 'b.py', 'one', 'two', '*', '**', '?', '*.py', '[ab]', 'b*', '/', '/', '!', 'o*e');
  const line = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
  const text = fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\n'));
  await fc.assert(
    fc.asyncProperty(text, text, async (top, inner) => {
      await writeFile(join(root, '.gitignore'), top);
      await writeFile(join(root, 'one', '.gitignore'), inner);
      expect(await kept()).toEqual(keptByGit().filter((file) => !file.endsWith('.gitignore')));
    }),
    { seed: 7, numRuns: 150 },
  );
});

test('a tree within a repository heeds what stands above it, unless it is ignored as a whole', async () => {
  await files();
  await writeFile(join(root, '.gitignore'), '*.py\n');
  expect(await kept(join(root, 'one'))).toEqual(['one/a', 'one/two/[c]', 'one/two/a']);
  for (const whole of ['one', 'one/**', '/one/']) {
    await writeFile(join(root, '.gitignore'), `*.py\n${whole}\n`);
    expect(await kept(join(root, 'one', 'two'))).toContain('one/two/b.py');
  }
});
