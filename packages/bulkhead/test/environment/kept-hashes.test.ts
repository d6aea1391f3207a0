import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { KeptHashes } from '../../src/environment/build/kept-hashes.ts';
import { StateFolder } from '../../src/environment/state-folder.ts';

const HOUR = 3_600_000;
const FILES = ['one', 'two'];

let root: string;
let folder: string;
let made: number;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bulkhead-hashes-'));
  folder = join(root, 'files');
  made = 0;
  await mkdir(folder);
  for (const file of FILES) await writeFile(join(folder, file), 'first');
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + HOUR });
});

afterEach(async () => {
  vi.useRealTimers();
  await rm(root, { recursive: true });
});

function newHost(): KeptHashes {
  return new KeptHashes(new StateFolder(join(root, 'state')));
}

async function ask(host: KeptHashes, files = FILES): Promise<string> {
  return await host.of(folder, files, () => Promise.resolve(`made ${(made += 1)}`));
}

test('one is made once, for this host and the next', async () => {
  const host = newHost();
  expect(await ask(host)).toBe('made 1');
  expect(await ask(host)).toBe('made 1');
  expect(await ask(newHost())).toBe('made 1');
});

test('of other files, and of changed ones, another is made', async () => {
  await ask(newHost());
  expect(await ask(newHost(), ['one'])).toBe('made 2');
  const { atime, mtime } = await stat(join(folder, 'one'));
  await writeFile(join(folder, 'one'), 'other');
  await utimes(join(folder, 'one'), atime, mtime); // its size and time are as before
  expect(await ask(newHost(), ['one'])).toBe('made 3');
});

test('of a file that has just been changed none is kept: it may change again without another time', async () => {
  vi.setSystemTime((await stat(join(folder, 'two'))).ctimeMs + 1_000);
  const host = newHost();
  expect(await ask(host)).toBe('made 1');
  expect(await ask(host)).toBe('made 2');
  expect(await ask(newHost())).toBe('made 3');
});

test('of a missing file there is none', async () => {
  await expect(ask(newHost(), ['one', 'missing'])).rejects.toMatchObject({ code: 'ENOENT' });
});

test('where they can not be kept, this host remembers them', async () => {
  await writeFile(join(root, 'state'), '');
  const host = newHost();
  expect(await ask(host)).toBe('made 1');
  expect(await ask(host)).toBe('made 1');
  expect(await ask(newHost())).toBe('made 2');
});
