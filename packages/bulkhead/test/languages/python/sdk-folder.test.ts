import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pythonSdkFolder } from '../../../src/languages/python/sdk-folder.ts';
import { REPOSITORY } from '../../documentation/repository.ts';

const OURS = join(REPOSITORY, 'packages', 'plugin-sdk-python', 'src');
const PACKAGE = join('node_modules', '@bulkhead', 'plugin-sdk-python');

let folder: string;
let program: string | undefined;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'bulkhead-sdk-')));
  program = process.argv[1];
});

afterEach(async () => {
  process.argv[1] = program as string;
  await rm(folder, { recursive: true });
});

/** A folder that holds a `plugin_sdk`. */
async function made(...parts: string[]): Promise<string> {
  const path = join(folder, ...parts);
  await mkdir(join(path, 'plugin_sdk'), { recursive: true });
  await writeFile(join(path, 'plugin_sdk', 'bootstrap.py'), '');
  return path;
}

test('the package is found where it is installed', () => {
  expect(pythonSdkFolder({})).toBe(OURS);
});

test('a folder that is named goes first: the option, then the variable; either as it is, or the package around it', async () => {
  const [option, variable] = [await made('option', 'src'), await made('variable')];
  expect(pythonSdkFolder({ BULKHEAD_PYTHON_SDK: variable }, join(folder, 'option'))).toBe(option);
  expect(pythonSdkFolder({ BULKHEAD_PYTHON_SDK: variable })).toBe(variable);
  expect(pythonSdkFolder({ BULKHEAD_PYTHON_SDK: '' })).toBe(OURS);
});

test.each([
  ['`pythonSdk`', {}, '/nowhere'],
  ['BULKHEAD_PYTHON_SDK', { BULKHEAD_PYTHON_SDK: '/nowhere' }, undefined],
])('a folder that %s names and that holds none is an error that says so', (setting, variables, given) => {
  expect(() => pythonSdkFolder(variables, given)).toThrow(
    expect.objectContaining({
      code: 'SDK_NOT_FOUND',
      details: expect.objectContaining({ setting, places: ['/nowhere'], archive: undefined }) as unknown,
    }),
  );
});

test('of an archive the files that Electron keeps beside it are taken', async () => {
  await made('app.asar', PACKAGE, 'src');
  const unpacked = await made('app.asar.unpacked', PACKAGE, 'src');
  expect(pythonSdkFolder({}, join(folder, 'app.asar', PACKAGE))).toBe(unpacked);
});

test.each(['app.asar', 'cache.zip'])('from within %s Python could not read', async (archive) => {
  const inside = await made(archive, PACKAGE, 'src');
  expect(() => pythonSdkFolder({}, join(folder, archive, PACKAGE))).toThrow(
    expect.objectContaining({
      code: 'SDK_NOT_FOUND',
      details: expect.objectContaining({ archive: inside }) as unknown,
    }),
  );
});
