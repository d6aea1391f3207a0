import { mkdtemp, open as openFile, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Accelerator } from '../../src/environment/fetched/accelerator.ts';
import type { PythonInterpreter } from '../../src/environment/ready-environment.ts';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { anyPython } from '../any-python.ts';

const VARIABLES = { ...process.env, BULKHEAD_ACCELERATOR: 'on' };
/** pip finds no index there. */
const OFFLINE = {
  ...VARIABLES,
  PIP_CONFIG_FILE: '/dev/null',
  PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
  PIP_FIND_LINKS: '',
  PIP_NO_CACHE_DIR: '1',
  PIP_RETRIES: '0',
};

let root: string;
let state: StateFolder;
let python: PythonInterpreter;
const open: Accelerator[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bulkhead-accelerator-'));
  state = new StateFolder(root);
  python = await anyPython();
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((accelerator) => accelerator.close()));
  await rm(root, { recursive: true, force: true });
});

function accelerator(variables: NodeJS.ProcessEnv = VARIABLES, delay?: number): Accelerator {
  const made = new Accelerator({ state, variables, ...(delay === undefined ? {} : { delay }) });
  open.push(made);
  return made;
}

test('is fetched once, and found from then on', async () => {
  const first = accelerator();
  expect(await first.folderFor(python)).toBeUndefined();
  await Promise.all([first.obtain(python), first.obtain(python), accelerator().obtain(python)]);
  const folder = await first.folderFor(python);
  expect(folder).toBeDefined();
  expect(await readdir(state.tools)).toEqual([folder?.slice(state.tools.length + 1)]);
  expect(await readdir(state.locks.path)).toEqual([]);
  expect(await accelerator().folderFor(python)).toBe(folder);
  expect(await accelerator({ ...VARIABLES, BULKHEAD_ACCELERATOR: 'off' }).folderFor(python)).toBeUndefined();

  // cut short, it would end the plugin's process when it is loaded
  const library = join(folder as string, (await readdir(folder as string))[0] as string);
  const { size } = await stat(library);
  await truncate(library, 300_000);
  expect(await first.folderFor(python)).toBeUndefined();
  await writeFile(library, Buffer.alloc(size));
  expect(await first.folderFor(python)).toBeUndefined();
  await first.obtain(python);
  expect(await first.folderFor(python)).toBe(folder);

  // Whoever changes it can set its time back.
  const { atime, mtime } = await stat(library);
  await using file = await openFile(library, 'r+');
  await file.write('changed', 0);
  await utimes(library, atime, mtime);
  expect(await first.folderFor(python)).toBeUndefined();
});

test.each([
  ['musl', /^_cmsgpack\.cpython-314-.*-linux-musl\.so$/],
  ['glibc', /^_cmsgpack\.cpython-314-.*-linux-gnu\.so$/],
] as const)('is fetched for a Python in an image with %s, by one of this machine', async (libc, expected) => {
  const inImage = {
    executable: '/nowhere/python3',
    version: '3.14.0',
    implementation: 'cpython',
    origin: 'image',
  } as const;
  const own = accelerator();
  expect(await own.folderFor(inImage, libc)).toBeUndefined();
  await own.obtain(inImage, libc);
  const folder = await own.folderFor(inImage, libc);
  expect(await readdir(folder as string)).toEqual([expect.stringMatching(expected)]);
  expect(await own.folderFor(inImage, libc === 'musl' ? 'glibc' : 'musl')).toBeUndefined();
});

test('is not asked for again on the day on which it could not be had', async () => {
  const offline = accelerator(OFFLINE);
  await offline.obtain(python);
  expect(await offline.folderFor(python)).toBeUndefined();
  const [failed = ''] = await readdir(state.tools);
  expect(failed).toMatch(/^msgpack-.*\.failed$/);
  expect(await readFile(join(state.tools, failed), 'utf8')).toContain('msgpack');
  const { mtimeMs } = await stat(join(state.tools, failed));
  await accelerator().obtain(python);
  expect((await stat(join(state.tools, failed))).mtimeMs).toBe(mtimeMs);
  expect(await readdir(state.tools)).toEqual([failed]);
});

test('is left alone when the host ends meanwhile', async () => {
  const closing = accelerator(VARIABLES, 0);
  const fetching = closing.obtain(python);
  await closing.close();
  await fetching;
  await closing.obtain(python);
  expect(await closing.folderFor(python)).toBeUndefined();
  expect(await readdir(state.tools).catch(() => [])).toEqual([]);
});

test.each([
  ['another implementation', { implementation: 'pypy' }],
  ['a version without a wheel', { version: '3.8.19' }],
])('is not for %s', async (_, changed) => {
  const strange = { ...python, ...changed };
  await accelerator().obtain(strange);
  expect(await accelerator().folderFor(strange)).toBeUndefined();
  expect(await readdir(root)).toEqual([]);
});
