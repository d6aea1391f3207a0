import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SdkBytecode } from '../../../src/languages/python/sdk-bytecode.ts';

let folder: string;
let sdk: string;
let bytecode: string;

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
  const path = await new SdkBytecode(bytecode, sdk).path();
  expect(await new SdkBytecode(bytecode, sdk).path()).toBe(path);
  expect(dirname(path as string)).toBe(bytecode);
  expect((await stat(bytecode)).mode & 0o777).toBe(0o700);
});

test.each([
  ['another content', async () => await writeFile(join(sdk, 'plugin_sdk', '_room', 'code.py'), 'second = 3\n')],
  ['another name', async () => await writeFile(join(sdk, 'plugin_sdk', '_room', 'more.py'), '')],
])('%s of a source gives another path', async (_, change) => {
  const path = await new SdkBytecode(bytecode, sdk).path();
  await change();
  expect(await new SdkBytecode(bytecode, sdk).path()).not.toBe(path);
});

test('what is no source changes nothing', async () => {
  const path = await new SdkBytecode(bytecode, sdk).path();
  await writeFile(join(sdk, 'plugin_sdk', 'py.typed'), 'x');
  await mkdir(join(sdk, 'plugin_sdk', '__pycache__'));
  await writeFile(join(sdk, 'plugin_sdk', '__pycache__', 'code.cpython-311.pyc'), 'x');
  expect(await new SdkBytecode(bytecode, sdk).path()).toBe(path);
});

test('without a place for it, or without sources, there is none', async () => {
  await writeFile(join(folder, 'file'), '');
  expect(await new SdkBytecode(join(folder, 'file', 'bytecode'), sdk).path()).toBeUndefined();
  expect(await new SdkBytecode(bytecode, join(folder, 'nowhere')).path()).toBeUndefined();
});
