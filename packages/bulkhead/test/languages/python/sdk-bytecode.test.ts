import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KeptHashes } from '../../../src/environment/build/kept-hashes.ts';
import { StateFolder } from '../../../src/environment/state-folder.ts';
import { SdkBytecode } from '../../../src/languages/python/sdk-bytecode.ts';

let folder: string;
let sdk: string;
let bytecode: string;

function bytecodeOf(sources: string, place = bytecode): SdkBytecode {
  return new SdkBytecode(place, sources, new KeptHashes(new StateFolder(join(folder, 'state'))));
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-bytecode-'));
  sdk = join(folder, 'sdk');
  bytecode = join(folder, 'state', 'bytecode');
  await mkdir(join(sdk, 'plugin_sdk', '_room'), { recursive: true });
  await writeFile(join(sdk, 'plugin_sdk', '__init__.py'), 'first = 1\n');
  await writeFile(join(sdk, 'plugin_sdk', '_room', 'code.py'), 'second = 2\n');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('the same sources in the same place have the same path, in a folder that is private', async () => {
  const path = await bytecodeOf(sdk).path();
  expect(await bytecodeOf(sdk).path()).toBe(path);
  expect(dirname(path as string)).toBe(bytecode);
  expect((await stat(bytecode)).mode & 0o777).toBe(0o700);
});

test.each([
  ['another content', async () => await writeFile(join(sdk, 'plugin_sdk', '_room', 'code.py'), 'second = 3\n')],
  ['another name', async () => await writeFile(join(sdk, 'plugin_sdk', '_room', 'more.py'), '')],
])('%s of a source gives another path', async (_, change) => {
  const path = await bytecodeOf(sdk).path();
  await change();
  expect(await bytecodeOf(sdk).path()).not.toBe(path);
});

test('what is no source changes nothing', async () => {
  const path = await bytecodeOf(sdk).path();
  await writeFile(join(sdk, 'plugin_sdk', 'py.typed'), 'x');
  await mkdir(join(sdk, 'plugin_sdk', '__pycache__'));
  await writeFile(join(sdk, 'plugin_sdk', '__pycache__', 'code.cpython-311.pyc'), 'x');
  expect(await bytecodeOf(sdk).path()).toBe(path);
});

test('without a place for it, or without sources, there is none', async () => {
  await writeFile(join(folder, 'file'), '');
  expect(await bytecodeOf(sdk, join(folder, 'file', 'bytecode')).path()).toBeUndefined();
  expect(await bytecodeOf(join(folder, 'nowhere')).path()).toBeUndefined();
});
