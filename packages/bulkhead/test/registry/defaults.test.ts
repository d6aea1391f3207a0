import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PluginSpec } from '../../src/registry/plugin-spec.ts';
import { loadPluginFolder } from '../../src/registry/load-plugin-folder.ts';
import { readRegistry } from '../../src/registry/read-registry.ts';
import { failure, folderWith, shown } from './registry-fixture.ts';

async function read(text: string, variables = {}) {
  const folder = await folderWith({
    'plugins.yaml': text,
    'a/plugin.py': '',
    'a/pyproject.toml': '[tool.bulkhead]\ntimeouts = { call = "9s" }\n',
  });
  return { folder, registry: await readRegistry(join(folder, 'plugins.yaml'), { variables }) };
}

async function specs(text: string, variables = {}): Promise<Readonly<Record<string, PluginSpec>>> {
  const { registry } = await read(text, variables);
  return Object.fromEntries(registry.plugins.map(({ id, spec }) => [id, spec as PluginSpec]));
}

async function mistakesOf(text: string): Promise<string[]> {
  return shown(await failure(read(text), 'REGISTRY_INVALID'));
}

describe('defaults', () => {
  it('hold for each plugin as if they stood in its entry', async () => {
    const { plain, own, strict, boxed } = await specs(`defaults:
  permissions: { read: [./data], env: [LANG] }
  resources: { memory: 512MiB, files: 64 }
  env: { ALL: all, SOME: default }
  timeouts: { call: 30s }
  sandbox: on
plugins:
  - { id: plain, path: a }
  - { id: own, path: a, permissions: { network: true }, resources: { memory: 1GiB }, env: { SOME: own } }
  - { id: strict, path: a, permissions: strict }
  - { id: boxed, path: a, isolation: docker, image: i }
`);
    expect(plain?.launch).toMatchObject({
      confined: true,
      permissions: { network: false, read: [expect.stringMatching(/\/data$/)], env: ['LANG'] },
      resources: { memory: 512 * 1024 ** 2, files: 64 },
      variables: { ALL: 'all', SOME: 'default' },
    });
    expect(plain?.calls.timeouts.call).toBe(30_000);
    expect(own?.launch).toMatchObject({
      permissions: { network: true, env: ['LANG'] },
      resources: { memory: 1024 ** 3, files: 64 },
      variables: { ALL: 'all', SOME: 'own' },
    });
    expect(strict?.launch.permissions).toMatchObject({ network: false, read: [], env: [] });
    expect(boxed?.launch).toMatchObject({ isolation: 'docker', confined: false });
  });

  it('hold for a plugin that is loaded by its folder, with paths as they are in the file', async () => {
    const { folder, registry } = await read('defaults: { permissions: { write: [./out] } }\nplugins: []\n');
    const spec = await loadPluginFolder(join(folder, 'a'), { defaults: registry.defaults });
    expect(spec.launch).toMatchObject({ confined: true, permissions: { write: [join(folder, 'out')] } });
  });

  it('may refer to variables, which are secrets then', async () => {
    const text = 'defaults: { env: { TOKEN: "${env:TOKEN}" } }\nplugins:\n  - { id: a, path: a }\n';
    const { a } = await specs(text, { TOKEN: 'secret' });
    expect(a?.launch.variables).toEqual({ TOKEN: 'secret' });
    expect(a?.secrets).toContainEqual({ variable: 'TOKEN', value: 'secret' });
    const { registry } = await read(text);
    expect(shown(registry.plugins[0]?.problem as never)).toEqual([expect.stringMatching(/^1:27 .*TOKEN/)]);
  });

  it.each([
    ['resources: { memory: 1 }', '1:34 defaults.resources.memory: expected a size'],
    ['permisions: strict', '1:13 unknown field "permisions"; did you mean "permissions"?'],
    ['config: { a: 1 }', '1:13 unknown field "config"; "config" says something of one plugin: write it into its entry'],
    ['memory: 1GB', '1:13 unknown field "memory"; `recycle: { memory: 512MiB }`'],
    ['permissions: { network: "yes" }', '1:37 defaults.permissions.network: expected true, false or a list of hosts'],
    ['start: "${env:START}"', '1:20 defaults.start: expected auto, spawn or fork'],
  ])('with a mistake name the place: %s', async (written, told) => {
    const text = `defaults: { ${written} }\nplugins:\n  - { id: a, path: a }\n  - { id: b, path: a }\n`;
    expect((await mistakesOf(text))[0]).toContain(told);
  });

  it('are told once, whatever plugins they do not fit', async () => {
    expect(
      await mistakesOf(`defaults: { permissions: strict, env: { LD_PRELOAD: x.so } }
plugins:
  - { id: a, path: a }
  - { id: b, path: a }
  - { id: c, path: a, env: { PYTHONPATH: lib } }
`),
    ).toEqual([
      expect.stringMatching(/^1:41 LD_PRELOAD can't be set/),
      expect.stringMatching(/^5:30 PYTHONPATH can't be set/),
    ]);
  });

  it('let an entry be judged by them', async () => {
    expect(
      await mistakesOf('defaults: { isolation: docker }\nplugins:\n  - { id: a, path: a, sandbox: off }\n'),
    ).toEqual([expect.stringMatching(/^3:23 sandbox: has an effect only with isolation: process/)]);
  });
});
