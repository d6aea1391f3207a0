import { expect, test } from 'vitest';
import { readRegistry } from '../../src/registry/read-registry.ts';
import { failure, registryFile } from './registry-fixture.ts';

async function groupsOf(text: string, more: Readonly<Record<string, string>> = {}): Promise<Record<string, unknown>> {
  const { plugins } = await readRegistry(await registryFile(text, more));
  return Object.fromEntries(
    plugins.map(({ id, spec }) => [
      id,
      spec?.environment.share && {
        name: spec.environment.share.name,
        members: spec.environment.share.members.map((member) => member.id),
      },
    ]),
  );
}

test('plugins in threads share an environment with those that need the same Python and builder', async () => {
  expect(
    await groupsOf(`plugins:
  - { id: one, path: a, isolation: thread }
  - { id: apart, path: a }
  - { id: two, path: b, isolation: thread }
  - { id: other, path: c, isolation: thread, python_version: "3.11" }
  - { id: by_pip, path: c, isolation: thread, environment: venv }
  - { id: named, path: c, isolation: thread, share: tools }
`),
  ).toEqual({
    one: { name: 'threads', members: ['one', 'two'] },
    apart: undefined,
    two: { name: 'threads', members: ['one', 'two'] },
    other: { name: 'threads-3.11', members: ['other'] },
    by_pip: { name: 'threads-venv', members: ['by_pip'] },
    named: { name: 'tools', members: ['named'] },
  });
});

test('the instances that a manifest asks for are those of a process', async () => {
  const manifest = { 'a/pyproject.toml': '[tool.bulkhead]\ninstances = 4\n' };
  const file = await registryFile(
    `plugins:
  - { id: thread, path: a, isolation: thread }
  - { id: written, path: a, isolation: thread, instances: 2 }
  - { id: process, path: a }
`,
    manifest,
  );
  const { plugins } = await readRegistry(file);
  expect(plugins.map(({ spec }) => spec?.pool.instances.max)).toEqual([1, 2, 4]);
});

test('plugins of Node are in a group of their own, with the instances of their manifests', async () => {
  const node = {
    'd/package.json': '{ "name": "d", "version": "1.0.0", "main": "plugin.js", "bulkhead": { "instances": 3 } }',
    'd/plugin.js': '',
  };
  const text = `plugins:
  - { id: one, path: a, isolation: thread }
  - { id: two, path: d, isolation: thread }
  - { id: three, path: d, isolation: thread }
`;
  expect(await groupsOf(text, node)).toMatchObject({
    one: { name: 'threads', members: ['one'] },
    two: { name: 'threads-node', members: ['two', 'three'] },
  });
  const { plugins } = await readRegistry(await registryFile(text, node));
  expect(plugins.map(({ spec }) => spec?.pool.instances.max)).toEqual([1, 3, 3]);
});

test('permissions of the defaults are refused for a plugin that shares its process', async () => {
  const file = await registryFile(`defaults: { permissions: strict }
plugins:
  - { id: one, path: a, isolation: thread }
`);
  const error = await failure(readRegistry(file), 'REGISTRY_INVALID');
  expect(error.message).toMatch(/1:13: permissions: can't hold with isolation: thread: a group is one process/);
});
