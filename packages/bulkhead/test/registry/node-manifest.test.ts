import { describe, expect, it } from 'vitest';
import { loadPluginFolder } from '../../src/registry/load-plugin-folder.ts';
import { readRegistry } from '../../src/registry/read-registry.ts';
import { failure, folderWith, registryFile, shown } from './registry-fixture.ts';

function json(value: unknown): string {
  return JSON.stringify(value, undefined, '\t');
}

async function mistakesIn(files: Readonly<Record<string, string>>): Promise<string[]> {
  return shown(await failure(loadPluginFolder(await folderWith(files)), 'MANIFEST_INVALID'));
}

describe('the manifest of a plugin of Node', () => {
  it('stands in package.json, and makes `environment: node` the default', async () => {
    const folder = await folderWith({
      'package.json': json({
        name: '@acme/word-count',
        version: '1.2.3',
        bulkhead: {
          entry_point: 'src/main.ts',
          hooks: ['pre_process'],
          config: { limit: 9007199254740993n.toString() },
        },
      }).replace('"9007199254740993"', '9007199254740993'),
      'src/main.ts': '',
    });
    expect(await loadPluginFolder(folder)).toMatchObject({
      id: 'word-count',
      version: '1.2.3',
      hooks: ['pre_process'],
      configuration: { limit: 9007199254740993n },
      environment: { kind: 'node' },
      launch: { entryPoint: { file: 'src/main.ts', module: undefined, className: undefined } },
    });
  });

  it.each([
    ['its `id` before the name of the package', { name: 'other', bulkhead: { id: 'own_id' } }, 'own_id'],
    ['the name of the package', { name: 'Some.Package', bulkhead: {} }, 'some_package'],
  ])('is called by %s', async (_what, packageJson, id) => {
    const folder = await folderWith({ 'package.json': json(packageJson), 'plugin.js': '' });
    expect(await loadPluginFolder(folder)).toMatchObject({ id });
  });

  it.each([
    ['a string in exports', { exports: './lib/a.js' }, './lib/a.js'],
    [
      'the first condition of exports that holds',
      { exports: { '.': { types: './a.d.ts', browser: './b.js', import: './a.mjs', require: './a.cjs' } } },
      './a.mjs',
    ],
    ['conditions in conditions', { exports: { node: { import: './a.mjs' }, default: './b.js' } }, './a.mjs'],
    ['the first target of a list', { exports: ['./a.js', './b.js'] }, './a.js'],
    ['main', { main: 'lib/a.js' }, 'lib/a.js'],
    ['exports before main', { main: 'lib/a.js', exports: './a.mjs' }, './a.mjs'],
    [
      'main, where exports has nothing for the package itself',
      { main: 'a.js', exports: { './part': './b.js' } },
      'a.js',
    ],
    ['a file with the usual name, TypeScript first', {}, 'plugin.ts'],
  ])('runs %s', async (_what, packageJson, file) => {
    const names = ['lib/a.js', 'a.js', 'a.mjs', 'a.cjs', 'b.js', 'plugin.js', 'plugin.ts'];
    const folder = await folderWith({
      ...Object.fromEntries(names.map((name) => [name, ''])),
      'package.json': json({ ...packageJson, bulkhead: {} }),
    });
    const { launch } = await loadPluginFolder(folder);
    expect(launch.entryPoint.file).toBe(file);
  });

  it.each([
    ['the file of its main', { main: 'dist/plugin.js' }, 'dist/plugin.js'],
    ['any of the usual names', {}, 'plugin.js'],
  ])('is refused without %s', async (_what, packageJson, file) => {
    const folder = await folderWith({ 'package.json': json({ ...packageJson, bulkhead: {} }), 'plugin.py': '' });
    expect((await failure(loadPluginFolder(folder), 'PLUGIN_ENTRY_POINT_MISSING')).details.file).toBe(
      `${folder}/${file}`,
    );
  });

  it.each([
    [
      '{\n\t"bulkhead": {\n\t\t"entry_pint": "x.js"\n\t}\n}',
      ['3:3 unknown field "entry_pint"; did you mean "entry_point"?'],
    ],
    ['{\n  "bulkhead": 3\n}', ['2:15 expected an object, found 3']],
    [
      '{\n  "bulkhead": { "dependencies": ["zod"] }\n}',
      ['2:17 unknown field "dependencies"; "dependencies" stands beside "bulkhead", not in it'],
    ],
    [
      '{ "bulkhead": { "python_version": "3.11" } }',
      [
        '1:17 python_version: has no effect on a plugin of Node; which Node it runs on is said by `engines` in its package.json',
      ],
    ],
    [
      '{ "bulkhead": { "entry_point": "package.plugin:Plugin" } }',
      ["1:32 entry_point: expected a file inside the plugin's folder such as plugin.js"],
    ],
    ['{ "main": "../other.js", "bulkhead": {} }', ["1:11 main: expected a file inside the plugin's folder"]],
    [
      '{ "bulkhead": {}, "engines": { "node": "latest" } }',
      ['1:40 engines.node: expected a range of versions such as ">=20.19", found "latest"'],
    ],
    ['{\n  "bulkhead": {},\n}', ['3:1 JSON: Expected double-quoted property name']],
    ['{\n  // words\n  "bulkhead": {}\n}', ["2:3 JSON: Expected property name or '}'"]],
    ['{\n  "bulkhead": {}', ["2:17 JSON: Expected ',' or '}' after property value"]],
  ])('tells what is wrong in %s', async (packageJson, mistakes) => {
    expect(await mistakesIn({ 'package.json': packageJson, 'plugin.js': '' })).toEqual(mistakes);
  });

  it('is not looked for in the package.json of another kind of project', async () => {
    const folder = await folderWith({ 'package.json': json({ name: 'pages', version: '1.0.0' }), 'plugin.py': '' });
    expect(await loadPluginFolder(folder)).toMatchObject({ version: undefined, environment: { kind: 'uv' } });
    const broken = await folderWith({ 'package.json': '{ "name": }', 'plugin.py': '' });
    expect(await loadPluginFolder(broken)).toMatchObject({ environment: { kind: 'uv' } });
  });
});

describe('a folder with two manifests', () => {
  const both = { 'a/pyproject.toml': '[tool.bulkhead]\n', 'a/package.json': '{ "bulkhead": {} }', 'a/plugin.js': '' };

  it('is refused where the registry does not choose', async () => {
    const { plugins } = await readRegistry(await registryFile('plugins: [{ id: a, path: a }]\n', both));
    expect(plugins[0]?.problem?.code).toBe('MANIFEST_INVALID');
    expect(plugins[0]?.problem?.message).toContain('`environment: uv` or `environment: node`');
  });

  it.each([
    ['node', 'plugin.js'],
    ['uv', 'plugin.py'],
    ['venv', 'plugin.py'],
  ])('is what the registry says: %s', async (environment, file) => {
    const text = `plugins: [{ id: a, path: a, environment: ${environment} }]\n`;
    const { plugins } = await readRegistry(await registryFile(text, both));
    expect(plugins[0]?.spec).toMatchObject({ environment: { kind: environment }, launch: { entryPoint: { file } } });
  });
});

describe('the registry and the language', () => {
  it.each([
    ['node', { 'a/pyproject.toml': '[tool.bulkhead]\n' }, 'write uv in its entry'],
    ['uv', { 'a/package.json': '{ "bulkhead": {} }' }, 'write node in its entry'],
  ])('contradict each other: %s', async (environment, files, cure) => {
    const text = `plugins: [{ id: a, path: a, environment: ${environment} }]\n`;
    const { plugins } = await readRegistry(await registryFile(text, files as Record<string, string>));
    expect(plugins[0]?.problem?.message).toContain(cure);
  });

  it('needs no manifest for `environment: node`', async () => {
    const text = 'plugins: [{ id: a, path: a, environment: node }]\n';
    const { plugins } = await readRegistry(await registryFile(text, { 'a/plugin.mjs': '' }));
    expect(plugins[0]?.spec).toMatchObject({
      environment: { kind: 'node' },
      launch: { entryPoint: { file: 'plugin.mjs' } },
    });
  });

  it('refuses what has an effect on Python only, in the entry and not in the defaults', async () => {
    const files = { 'a/package.json': '{ "bulkhead": {} }', 'a/plugin.js': '' };
    const text = (own: string): string =>
      `defaults: { python_version: "3.11" }\nplugins:\n  - { id: a, path: a${own} }\n`;
    const [refused] = (await readRegistry(await registryFile(text(', dependencies: [numpy], extras: [x]'), files)))
      .plugins;
    expect(refused?.problem).toMatchObject({ code: 'REGISTRY_INVALID' });
    expect(refused?.problem?.message).toContain(
      'dependencies: has no effect on a plugin of Node; packages are listed in its package.json',
    );
    expect(refused?.problem?.message).toContain('extras: has no effect');
    expect(refused?.problem?.message).not.toContain('python_version');
    const [taken] = (await readRegistry(await registryFile(text(''), files))).plugins;
    expect(taken?.spec?.environment.kind).toBe('node');
  });
});
