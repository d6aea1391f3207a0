import { execFile } from 'node:child_process';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { idFromFolder } from '../../src/registry/id-from-folder.ts';
import { loadPluginFolder } from '../../src/registry/load-plugin-folder.ts';
import { readRegistry } from '../../src/registry/read-registry.ts';
import { addPlugin } from '../../src/registry/write-registry.ts';
import { failure, folderWith, registryFile, shown } from './registry-fixture.ts';

async function fifo(file: string): Promise<string> {
  await rm(file, { force: true });
  await promisify(execFile)('mkfifo', [file]);
  return file;
}

const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('');

describe('a file that holds a reader up', () => {
  it('as registry is none', async () => {
    const file = await fifo(await registryFile(''));
    const error = await failure(readRegistry(file), 'REGISTRY_NOT_FOUND');
    expect(error.message).toBe(`The registry ${file} can't be read: ${file} is not a regular file.`);
    expect(error.cause).toMatchObject({ code: 'EINVAL' });
    await failure(addPlugin(file, { id: 'a', path: 'a' }), 'REGISTRY_NOT_FOUND');
    await rm(file);
    await symlink('/dev/zero', file);
    await failure(readRegistry(file), 'REGISTRY_NOT_FOUND');
  });

  it('as manifest or entry point is a mistake of its plugin', async () => {
    const folder = await folderWith({ 'plugin.py': '' });
    const manifest = await fifo(join(folder, 'pyproject.toml'));
    expect(shown(await failure(loadPluginFolder(folder), 'MANIFEST_INVALID'))).toEqual([
      "1:1 the file can't be read (EINVAL)",
    ]);
    await rm(manifest);
    await symlink('/dev/zero', manifest);
    await failure(loadPluginFolder(folder), 'MANIFEST_INVALID');
    await rm(manifest);
    await fifo(join(folder, 'plugin.py'));
    await failure(loadPluginFolder(folder), 'PLUGIN_ENTRY_POINT_MISSING');
  });

  it('by its size alone is not read', async () => {
    const file = await registryFile(`plugins: []\n#${'x'.repeat(1024 * 1024)}\n`);
    expect(shown(await failure(readRegistry(file), 'REGISTRY_INVALID'))).toEqual([
      '1:1 the file has more than 1048576 bytes',
    ]);
    const folder = await folderWith({ 'plugin.py': '', 'pyproject.toml': `#${'x'.repeat(1024 * 1024)}\n` });
    await failure(loadPluginFolder(folder), 'MANIFEST_INVALID');
  });
});

// Each took minutes: the work grew with the square of the size, or faster.
describe('a file full of mistakes tells the first hundred', () => {
  it.each([
    [
      'integers out of range',
      `[tool.bulkhead.config]\n${lines(10_000, (index) => `a${index} = 99999999999999999999\n`)}`,
    ],
    ['events', `[tool.bulkhead]\nhooks = [${lines(50_000, () => '1,\n')}]\n`],
    ['fields', `[tool.bulkhead]\n${lines(20_000, (index) => `field${index} = 1\n`)}`],
  ])('a manifest with bad %s', async (_what, text) => {
    const folder = await folderWith({ 'plugin.py': '', 'pyproject.toml': text });
    const error = await failure(loadPluginFolder(folder), 'MANIFEST_INVALID');
    expect(error.details.mistakes).toHaveLength(100);
    expect(error.message).toMatch(/^The manifest of plugin "[^"]+" has at least 100 mistakes:\n/);
  });

  it.each([
    ['variables', `plugins:\n  - id: a\n    path: a\n    env:\n${lines(20_000, (index) => `      A${index}: 1\n`)}`],
    ['ids', `plugins:\n${lines(10_000, () => '  - { id: a, path: a }\n')}`],
    ['aliases', `plugins: []\nx-a:\n${lines(20_000, () => '  - *b\n')}`],
    ['keys', lines(20_000, () => 'a: 1\n')],
    ['merged ids', `x-a: &a { id: a }\nplugins:\n${lines(900, () => '  - { <<: *a, path: a, z: 1 }\n')}`],
  ])('a registry with bad %s', async (_what, text) => {
    const error = await failure(readRegistry(await registryFile(text)), 'REGISTRY_INVALID');
    expect(error.details.mistakes).toHaveLength(100);
    expect(error.message.length).toBeLessThan(40_000);
  });
});

describe('one long text', () => {
  const long = 'a'.repeat(100_000);
  it.each([
    ['a requirement', `dependencies: ["${long}="]`, 'at most 10000 characters long'],
    ['an image', `isolation: docker\n    image: "${long}"`, 'at most 4096 characters long'],
    ['a duration', `idle_unload: "${'9'.repeat(100_000)}"`, 'a duration such as'],
    ['a day', `as_of: "2020-01-01T00:00:00.${'9'.repeat(100_000)}"`, 'at most 4096 characters long'],
    ['a variable', `env: { A: "${'x'.repeat(120_001)}" }`, 'at most 120000 characters long'],
  ])('as %s is refused for its length', async (_what, fields, expected) => {
    const file = await registryFile(`plugins:\n  - id: a\n    path: a\n    ${fields}\n`);
    const [mistake, another] = (await failure(readRegistry(file), 'REGISTRY_INVALID')).details.mistakes;
    expect(mistake?.message).toContain(expected);
    expect(mistake?.message.length).toBeLessThan(300);
    expect(another).toBeUndefined();
  });

  it('as the name of a folder becomes an id', async () => {
    expect(idFromFolder(`${'_'.repeat(1_000_000)}x`)).toBe('plugin');
    await failure(loadPluginFolder(`/${long}`), 'PLUGIN_FOLDER_MISSING');
  });
});

it('a group of thousands that share one environment is read', async () => {
  const file = await registryFile(`plugins:\n${lines(3000, (index) => `  - { id: a${index}, path: a, share: s }\n`)}`);
  const { plugins } = await readRegistry(file);
  expect(plugins.at(-1)?.spec?.environment.share?.members).toHaveLength(3000);
});

it('a registry is read again after the file was in the way', async () => {
  const file = await fifo(await registryFile(''));
  await failure(readRegistry(file), 'REGISTRY_NOT_FOUND');
  await rm(file);
  await writeFile(file, 'plugins: [{ id: a, path: a }]\n');
  expect((await readRegistry(file)).plugins).toMatchObject([{ id: 'a', folder: join(dirname(file), 'a') }]);
});
