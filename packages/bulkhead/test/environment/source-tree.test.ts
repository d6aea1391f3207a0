import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { treeState } from '../../src/environment/build/source-tree.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bulkhead-tree-'));
  await write('library/src/module.py', 'VALUE = 1\n');
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function write(name: string, text: string | Buffer): Promise<void> {
  await mkdir(dirname(join(root, name)), { recursive: true });
  await writeFile(join(root, name), text);
}

const hash = async (): Promise<string> => (await treeState(join(root, 'library'))).hash;

test.each(['build/lib/module.py', 'dist/library.whl', 'src/x.egg-info/PKG-INFO', 'src/__pycache__/module.pyc'])(
  '%s is not of the library',
  async (name) => {
    const before = await hash();
    await write(`library/${name}`, 'text');
    expect(await hash()).toBe(before);
  },
);

test.each(['src/build/module.py', 'src/data.bin', '.hidden', 'src/module.pyi'])('%s is', async (name) => {
  const before = await hash();
  await write(`library/${name}`, 'text');
  expect(await hash()).not.toBe(before);
});

test('the content decides, not the time; whether a file can be executed, too', async () => {
  const before = await hash();
  await utimes(join(root, 'library/src/module.py'), 1, 1);
  expect(await hash()).toBe(before);
  await chmod(join(root, 'library/src/module.py'), 0o755);
  expect(await hash()).not.toBe(before);
});

test('of a large file size and time decide', async () => {
  const file = join(root, 'library/large.bin');
  await write('library/large.bin', Buffer.alloc(4 * 1024 ** 2 + 1, 1));
  await utimes(file, 1, 1);
  const before = await hash();
  await write('library/large.bin', Buffer.alloc(4 * 1024 ** 2 + 1, 2));
  await utimes(file, 1, 1);
  expect(await hash()).toBe(before);
  await utimes(file, 2, 2);
  expect(await hash()).not.toBe(before);
});

test('links are what they lead to; circles, FIFOs and links to nowhere are passed over', async () => {
  await write('elsewhere/more.py', 'MORE = 1\n');
  await symlink('../elsewhere', join(root, 'library/linked'));
  const before = await hash();
  await symlink('..', join(root, 'library/src/circle'));
  await symlink('nowhere', join(root, 'library/src/broken'));
  await symlink('itself', join(root, 'library/src/itself'));
  execFileSync('mkfifo', [join(root, 'library/src/pipe')]);
  expect(await hash()).toBe(before);
  await write('elsewhere/more.py', 'MORE = 2\n');
  expect(await hash()).not.toBe(before);
});

test('when a file was changed last is told', async () => {
  const began = Date.now() - 10;
  await write('library/src/more.py', '');
  expect((await treeState(join(root, 'library'))).changed).toBeGreaterThanOrEqual(began);
});
