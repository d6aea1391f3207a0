import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FolderWatch } from '../../src/cli/development/watch-folders.ts';

const { signal } = new AbortController();
const LATER = Date.now() + 3_600_000;
let root: string;
let library: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bulkhead-watch-'));
  library = join(root, 'library');
  mkdirSync(join(root, 'plugin'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

test('a folder that the system refuses to watch is told of by its name', async () => {
  const folder = join('/', 'x'.repeat(5_000)); // no system knows a name of that length
  const watching = FolderWatch.start(folder, [], signal);
  await expect(watching).rejects.toMatchObject({ code: 'FOLDER_UNWATCHABLE', details: { folder } });
});

test('a library is watched from when following it resolves', async () => {
  mkdirSync(join(library, 'deep'), { recursive: true });
  const file = write('deep/code.py');
  await using watching = await FolderWatch.start(join(root, 'plugin'), [], signal);
  await watching.follow([library], LATER, signal);
  write('deep/code.py');
  expect(await watching.next(signal)).toEqual([file]);
});

test.each(['library', 'no/such/folder/yet'])('%s, which is not there yet, is watched for', async (path) => {
  library = join(root, path);
  await using watching = await FolderWatch.start(join(root, 'plugin'), [], signal);
  await watching.follow([library], LATER, signal);
  mkdirSync(library, { recursive: true });
  writeFileSync(join(root, 'beside.py'), '');
  const file = write('code.py');
  expect(await watching.next(signal)).toEqual([file]);
});

test('tells of what has changed in a library before it was watched, but for what builds left', async () => {
  const old = join(root, 'old');
  for (const folder of [old, join(library, 'build'), join(library, 'deep')]) mkdirSync(folder, { recursive: true });
  write('build/code.py');
  writeFileSync(join(old, 'code.py'), '');
  const file = write('deep/code.py');
  await using watching = await FolderWatch.start(join(root, 'plugin'), [], signal);
  await watching.follow([old], LATER, signal);
  await watching.follow([library], 0, signal);
  expect(await watching.next(signal)).toEqual([file]);
});

test('following ends with its signal', async () => {
  await using watching = await FolderWatch.start(join(root, 'plugin'), [], signal);
  const ending = new AbortController();
  const following = watching.follow([library], LATER, ending.signal);
  ending.abort(new Error('ended'));
  await expect(following).rejects.toThrow('ended');
});

/** @returns the file's path */
function write(name: string): string {
  const file = join(library, name);
  writeFileSync(file, '');
  return file;
}
