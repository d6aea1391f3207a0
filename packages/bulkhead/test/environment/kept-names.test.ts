import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { KeptNames } from '../../src/environment/interpreters/kept-names.ts';

const HOUR = 3_600_000;

let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bulkhead-names-'));
  folder = join(root, 'bin');
  await mkdir(folder);
  for (const name of ['python3', 'python3-config', 'ls']) await writeFile(join(folder, name), '');
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + HOUR });
});

afterEach(async () => {
  vi.useRealTimers();
  await rm(root, { recursive: true });
});

/** What a host finds, and keeps for the next. */
function look(): readonly string[] {
  const names = new KeptNames(join(root, 'state', 'names.json'), /^python3?$/);
  const found = names.in(folder);
  names.save();
  return found;
}

/** Adds a file without another time of the folder: who looks at the folder alone does not see it. */
async function addUnseen(name: string): Promise<void> {
  const { atime, mtime } = await stat(folder);
  await writeFile(join(folder, name), '');
  await utimes(folder, atime, mtime);
}

test('a folder is read once, as long as it stays as it is', async () => {
  await utimes(folder, 1, 1);
  expect(look()).toEqual(['python3']);
  await addUnseen('python');
  expect(look()).toEqual(['python3']);
  await utimes(folder, 2, 2);
  expect(look().toSorted()).toEqual(['python', 'python3']);
});

test('one that has just been changed is read again: it may change again without another time', async () => {
  await utimes(folder, Date.now() / 1_000 - 1, Date.now() / 1_000 - 1);
  expect(look()).toEqual(['python3']);
  await addUnseen('python');
  expect(look().toSorted()).toEqual(['python', 'python3']);
});

test('a folder that is not there, or that is none, holds no names', () => {
  const names = new KeptNames(join(root, 'names.json'), /./);
  expect(names.in(join(root, 'missing'))).toEqual([]);
  expect(names.in(join(folder, 'ls'))).toEqual([]);
  expect(names.in('x'.repeat(10_000))).toEqual([]);
});
