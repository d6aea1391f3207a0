import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildContext } from '../../src/environment/image/build-context.ts';
import { lineOfStep, readStep } from '../../src/environment/image/dockerfile-steps.ts';
import { tarArchive } from '../../src/environment/image/tar-archive.ts';

const run = promisify(execFile);
const signal = new AbortController().signal;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-context-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

async function sent(): Promise<readonly string[]> {
  const { entries } = await buildContext(folder, signal);
  return entries.filter(({ stats }) => !stats.isDirectory()).map(({ name }) => name);
}

describe('a build gets', () => {
  test.each<[what: string, ignore: string, expected: readonly string[]]>([
    ['all but what tools leave', '', ['a.md', 'deep/a.md', 'deep/er/b.py', 'plugin.py']],
    ['a name only at the top', 'a.md', ['deep/a.md', 'deep/er/b.py', 'plugin.py']],
    ['a name at any depth after **/', '**/a.md', ['deep/er/b.py', 'plugin.py']],
    ['stars that stop at a slash', '*.md\n*/*.md', ['deep/er/b.py', 'plugin.py']],
    ['nothing of a folder', '/deep/', ['a.md', 'plugin.py']],
    ['what is included again, also below', 'deep\n!deep/er/b.py', ['a.md', 'deep/er/b.py', 'plugin.py']],
    ['by the last rule', '!a.md\n*.md', ['deep/a.md', 'deep/er/b.py', 'plugin.py']],
    ['comments and empty lines aside', '# a.md\n\n  plugin.py  \n', ['a.md', 'deep/a.md', 'deep/er/b.py']],
    ['one character for a question mark', 'pl?gin.py\n?.md', ['deep/a.md', 'deep/er/b.py']],
    ['the Dockerfile itself, whatever is said', '*', []],
    ['a range that runs backwards as nothing', '[z-a].md', ['a.md', 'deep/a.md', 'deep/er/b.py', 'plugin.py']],
  ])('%s', async (_, ignore, expected) => {
    await write({
      'a.md': '',
      'deep/a.md': '',
      'deep/er/b.py': '',
      'plugin.py': '',
      '__pycache__/plugin.pyc': '',
      '.git/HEAD': '',
      Dockerfile: '',
      '.dockerignore': ignore,
    });
    expect(await sent()).toEqual(['.dockerignore', 'Dockerfile', ...expected].toSorted());
  });
});

test('the hash changes with a name, a content or the right to execute, and with nothing else', async () => {
  await write({ Dockerfile: 'FROM scratch', 'plugin.py': '1', 'notes.md': '1', '.dockerignore': 'notes.md' });
  const hash = async (): Promise<string> => (await buildContext(folder, signal)).hash;
  const seen = [await hash()];
  await write({ 'notes.md': '2', '__pycache__/plugin.pyc': '' });
  await write({ 'plugin.py': '1' }); // at another time
  expect(await hash()).toBe(seen[0]);
  await write({ 'plugin.py': '2' });
  seen.push(await hash());
  await chmod(join(folder, 'plugin.py'), 0o755);
  seen.push(await hash());
  await write({ 'plugin2.py': '2' });
  seen.push(await hash());
  expect(new Set(seen).size).toBe(4);
});

test('an archive is what any tar unpacks: long and foreign names, links, modes, times', async () => {
  const long = `${'a-folder-with-a-name/'.repeat(12)}größe.txt`;
  await write({ [long]: 'long', empty: '', 'run.sh': '#!/bin/sh', large: 'x'.repeat(100_000) });
  await chmod(join(folder, 'run.sh'), 0o755);
  await symlink(`../${'elsewhere/'.repeat(30)}`, join(folder, 'link'));
  const { entries } = await buildContext(folder, signal);
  const unpacked = join(folder, 'unpacked');
  await mkdir(unpacked);
  await pipeline(tarArchive(entries), createWriteStream(join(folder, 'archive.tar')));
  await run('tar', ['-xf', join(folder, 'archive.tar'), '-C', unpacked]);
  expect(await readFile(join(unpacked, long), 'utf8')).toBe('long');
  expect(await readFile(join(unpacked, 'large'), 'utf8')).toHaveLength(100_000);
  expect((await stat(join(unpacked, 'empty'))).size).toBe(0);
  expect((await stat(join(unpacked, 'run.sh'))).mode & 0o777).toBe(0o755);
  expect(await readlink(join(unpacked, 'link'))).toBe(await readlink(join(folder, 'link')));
  const times = await Promise.all([folder, unpacked].map(async (each) => (await stat(join(each, 'large'))).mtimeMs));
  expect(Math.floor((times[0] ?? 0) / 1000)).toBe(Math.floor((times[1] ?? 0) / 1000));
});

test('a file that changes while it is sent fails the build, not the archive', async () => {
  await write({ data: '12345' });
  const { entries } = await buildContext(folder, signal);
  await writeFile(join(folder, 'data'), '1');
  await expect(pipeline(tarArchive(entries), createWriteStream(join(folder, 'archive.tar')))).rejects.toThrow(
    'was changed while it was sent',
  );
});

describe('a step of a build leads to its line', () => {
  const text =
    '# syntax\nARG BASE=a\nFROM ${BASE} AS one\n\nRUN one \\\n  # a comment\n\n  two\nfrom b\nCOPY . .\r\nCMD ["x"]\n';

  test.each([
    ['Step 1/6 : ARG BASE=a', 2],
    ['Step 3/6 : RUN one   two', 5],
    ['Step 6/6 : CMD ["x"]', 11],
    ['[1/2] STEP 1/2: FROM a AS one', 3],
    ['[1/2] STEP 2/2: RUN one   two', 5],
    ['[2/2] STEP 2/3: COPY . .', 10],
    ['STEP 2/2: RUN one   two', 5],
    ['Step 7/7 : COPY more .', undefined],
  ])('%s', (line, expected) => {
    const step = readStep(line);
    expect(step?.text).toBe(line.replace(/^.*?\d ?: /, ''));
    expect(step === undefined ? undefined : lineOfStep(text, step)).toBe(expected);
  });

  test.each(['Stepping 1/2 : on', ' ---> Running in 0b8357b83f92', 'STEP'])('%s is none', (line) => {
    expect(readStep(line)).toBeUndefined();
  });
});
