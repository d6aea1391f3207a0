import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { readDeclaration } from '../../src/registry/read-declaration.ts';
import { readRegistry } from '../../src/registry/read-registry.ts';
import { failure, registryFile } from './registry-fixture.ts';

const REGISTRY = `plugins:
  - { id: alone, path: ./a }
  - { id: one, path: ./b, share: both }
  - { id: other, path: ./c, share: both }
  - { id: off, path: ./d, enabled: false }
`;

const membersOf = async (file: string): Promise<readonly string[] | undefined> =>
  (await readDeclaration(file, 'one')).environment.share?.members.map(({ id }) => id);

it('is what the registry says of one plugin, with those that share its environment', async () => {
  const file = await registryFile(REGISTRY);
  const { plugins } = await readRegistry(file);
  for (const id of ['alone', 'one'])
    expect(await readDeclaration(file, id)).toEqual(plugins.find((plugin) => plugin.id === id)?.spec);
  expect(await membersOf(file)).toEqual(['one', 'other']);
  const disabled = await failure(readDeclaration(file, 'off'), 'PLUGIN_DISABLED');
  expect(disabled.details.plugin).toBe('off');
  const unknown = await failure(readDeclaration(file, 'two'), 'PLUGIN_UNKNOWN');
  expect(unknown.details.known).toEqual(['alone', 'one', 'other', 'off']);
});

it('does not depend on what is wrong with another plugin, but on each mistake in the file', async () => {
  const file = await registryFile(REGISTRY);
  await rm(join(dirname(file), 'c'), { recursive: true });
  expect(await readDeclaration(file, 'alone')).toMatchObject({ id: 'alone' });
  expect(await membersOf(file)).toEqual(['one']);
  await writeFile(file, `${await readFile(file, 'utf8')}  - { id: more }\n`);
  await failure(readDeclaration(file, 'alone'), 'REGISTRY_INVALID');
});
