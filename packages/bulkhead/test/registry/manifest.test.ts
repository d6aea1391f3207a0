import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { idFromFolder } from '../../src/registry/id-from-folder.ts';
import { loadPluginFolder } from '../../src/registry/load-plugin-folder.ts';
import { readRegistry } from '../../src/registry/read-registry.ts';
import { failure, folderWith, registryFile, shown } from './registry-fixture.ts';

async function mistakesOf(pyproject: string): Promise<string[]> {
  const folder = await folderWith({ 'plugin.py': '', 'pyproject.toml': pyproject });
  return shown(await failure(loadPluginFolder(folder), 'MANIFEST_INVALID'));
}

const FULL = `[project]
name = "Counter"
version = "1.2.3"

[tool.bulkhead]
id = "own_id"
entry_point = "src/main.py"
python_version = "3.12"
instances = { min = 1 }
concurrency = 4
hooks = ["pre_process"]

[tool.bulkhead.config]
limit = 5
words = ["a", "b"]
since = 2024-01-31
big = 9007199254740993

[tool.bulkhead.timeouts]
start = "10s"
call = 30
`;

describe('a manifest', () => {
  it('fills what the registry leaves open, field by field', async () => {
    const file = await registryFile(
      `plugins:
  - { id: registry_id, path: a, python_version: "3.11", config: { limit: 7, extra: true }, timeouts: { call: 1m } }
  - { id: other, path: a }
`,
      { 'a/pyproject.toml': FULL, 'a/src/main.py': '' },
    );
    const [first, second] = (await readRegistry(file)).plugins;
    expect(first?.spec).toMatchObject({
      id: 'registry_id',
      version: '1.2.3',
      configuration: { limit: 7, words: ['a', 'b'], since: '2024-01-31', big: 9007199254740993n, extra: true },
      environment: { python: '3.11' },
      launch: { entryPoint: { file: 'src/main.py' } },
      pool: { instances: { min: 1, max: 1, spare: 0 } },
      calls: { timeouts: { start: 10_000, call: 60_000, cancelGrace: 2000, stop: 5000 }, concurrency: 4 },
      hooks: ['pre_process'],
    });
    expect(second?.spec).toMatchObject({
      id: 'other',
      configuration: { limit: 5 },
      environment: { python: '3.12' },
      calls: { timeouts: { call: 30_000 } },
    });
  });

  it.each([
    ['absent', {}],
    ['empty', { 'pyproject.toml': '' }],
    ['without our table', { 'pyproject.toml': '[project]\nversion = 3\n[tool.ruff]\nline-length = 3\n' }],
  ])('may be %s', async (_what, files: Record<string, string>) => {
    const spec = await loadPluginFolder(await folderWith({ 'plugin.py': '', ...files }));
    expect(spec).toMatchObject({
      version: undefined,
      configuration: {},
      environment: { python: undefined },
      launch: { entryPoint: { file: 'plugin.py' } },
    });
  });

  it.each([
    ['[tool.bulkhead]\nentry_pint = "x.py"\n', '2:1 unknown field "entry_pint"; did you mean "entry_point"?'],
    [
      '[tool.bulkhead]\n# id = 1\nid = 5\n',
      '3:1 id: expected a name of lower-case letters, digits, "_" and "-" that begins with a letter, at most 64 long, found 5; put it in quotes',
    ],
    [
      '[project]\nname = "x"\n[tool.bulkhead]\n  python_version = 3.11\n',
      '4:3 python_version: expected a Python version such as "3.11" or "3.11.7", at least 3.9, found 3.11; put it in quotes',
    ],
    [
      '[tool.bulkhead.timeouts]\nstart = """\ncall = 3\n"""\n',
      '2:1 timeouts.start: expected a duration such as 500ms, 30s, 5m or 1h, or a number of seconds, over 0 and under 25 days, found "call = 3\\n"',
    ],
    [
      '[tool.bulkhead]\nconfig.note = """\nid = 3\n"""\ntimeouts = { call = "soon" }\n',
      '5:1 timeouts.call: expected a duration such as 500ms, 30s, 5m or 1h, or a number of seconds, over 0 and under 25 days, found "soon"',
    ],
    ['[tool]\nbulkhead = 3\n', '2:1 expected a table, found 3'],
    ['[tool.bulkhead]\nid = "a\n', '2:8 TOML: control characters are not allowed in strings'],
    ['[tool.bulkhead]\nid = "a"\nid = "b"\n', '3:1 TOML: trying to redefine an already defined table or value'],
  ])('%j is a mistake', async (pyproject, expected) => {
    expect(await mistakesOf(pyproject)).toEqual([expected]);
  });

  it.each([
    '../other.py',
    '/etc/passwd',
    'a/../../b.py',
    'C:\\x.py',
    'a\\..\\..\\b.py',
    '',
    '.',
    'src/',
    '..',
    'pack.plugin:',
    ':Class',
    'pack.plugin:Not-a-class',
    'pack..plugin:Class',
    'src/plugin.py:Class',
  ])('entry point %j is refused', async (entryPoint) => {
    const found = await mistakesOf(`[tool.bulkhead]\nentry_point = ${JSON.stringify(entryPoint)}\n`);
    expect(found).toEqual([
      `2:1 entry_point: expected a file inside the plugin's folder such as plugin.py, a module such as package.plugin, or a class in one such as package.plugin:Plugin, found ${JSON.stringify(entryPoint)}`,
    ]);
  });

  it.each([
    ['src/main.py', { file: 'src/main.py' }],
    ['bin/start', { file: 'bin/start' }],
    ['start-me', { file: 'start-me' }],
    ['pack', { module: 'pack' }],
    ['pack.plugin', { module: 'pack.plugin' }],
    ['pack.plugin:Outer.Inner', { module: 'pack.plugin', className: 'Outer.Inner' }],
    ['größe.plugin', { module: 'größe.plugin' }],
  ])('entry point %j is a file or a module', async (entryPoint, expected) => {
    const text = `[tool.bulkhead]\nentry_point = ${JSON.stringify(entryPoint)}\n`;
    const files = 'file' in expected ? { [expected.file]: '' } : {};
    const { launch } = await loadPluginFolder(await folderWith({ ...files, 'pyproject.toml': text }));
    expect(launch.entryPoint).toEqual({ file: undefined, module: undefined, className: undefined, ...expected });
  });

  it('tells all its mistakes at once, and that the plugin is to blame', async () => {
    const folder = await folderWith({ 'plugin.py': '', 'pyproject.toml': '[tool.bulkhead]\nidd = 1\nconfig = 3\n' });
    const error = await failure(loadPluginFolder(folder), 'MANIFEST_INVALID');
    expect(shown(error)).toEqual([
      '2:1 unknown field "idd"; did you mean "id"?',
      '3:1 config: expected a mapping, found a number',
    ]);
    expect(error.blame).toBe('plugin');
  });

  it('that is a folder is a mistake, not a crash', async () => {
    const folder = await folderWith({ 'plugin.py': '', 'pyproject.toml/x': '' });
    const found = shown(await failure(loadPluginFolder(folder), 'MANIFEST_INVALID'));
    expect(found).toEqual(["1:1 the file can't be read (EISDIR)"]);
  });
});

describe('a folder without a registry', () => {
  it('is called what its manifest says', async () => {
    const folder = await folderWith({ 'pyproject.toml': FULL, 'src/main.py': '' });
    expect(await loadPluginFolder(folder)).toMatchObject({
      id: 'own_id',
      folder,
      source: { file: folder, line: 1, column: 1 },
    });
  });

  it('is called by its name otherwise', async () => {
    const folder = join(await folderWith({ 'Text Analyzer/plugin.py': '' }), 'Text Analyzer');
    expect((await loadPluginFolder(folder)).id).toBe('text_analyzer');
  });

  it.each([
    ['My.Plugin-2', 'my_plugin-2'],
    ['3d', 'plugin_3d'],
    ['__x__', 'x'],
    ['äöü', 'plugin'],
    ['x'.repeat(99), 'x'.repeat(64)],
  ])('%s becomes %s', (name, id) => {
    expect(idFromFolder(join('somewhere', name))).toBe(id);
  });

  it('has to be there, and to hold a plugin', async () => {
    const folder = await folderWith({ 'empty/README': '' });
    await failure(loadPluginFolder(join(folder, 'nothing')), 'PLUGIN_FOLDER_MISSING');
    const error = await failure(loadPluginFolder(join(folder, 'empty')), 'PLUGIN_ENTRY_POINT_MISSING');
    expect(basename(error.details.file)).toBe('plugin.py');
  });
});

describe('requires-python', () => {
  it.each([
    ['"^3.10"', 'found "^3.10"; write ">=3.10,<4"'],
    ['">=3.9 <3.13"', 'found ">=3.9 <3.13"; write ">=3.9,<3.13"'],
    ['"python 3.10+"', 'found "python 3.10+"; write ">=3.10"'],
    ['">=3.9.*,<4"', 'found ">=3.9.*,<4"; write ">=3.9,<4"'],
    ['"three"', 'found "three"'],
    ['[">=3.9"]', 'found something else than text'],
  ])('%s is a mistake with its line', async (written, told) => {
    expect(await mistakesOf(`[project]\nname = "a"\nrequires-python = ${written}\n`)).toEqual([
      `3:1 requires-python: expected Pythons such as ">=3.9,<3.13" (PEP 440), ${told}`,
    ]);
  });

  it.each(['>=3.9,<3.13', '3.11', '~=3.10', '==3.9.*', ''])('%s is none', async (wanted) => {
    const folder = await folderWith({
      'plugin.py': '',
      'pyproject.toml': `[project]\nname = "a"\nrequires-python = "${wanted}"\n`,
    });
    await expect(loadPluginFolder(folder)).resolves.toMatchObject({ folder });
  });
});

it('a field of the registry in a manifest is told where it belongs', async () => {
  expect(await mistakesOf('[tool.bulkhead]\nas_of = "2024-01-01"\ndependencies = ["six"]\nhooks = "a"\n')).toEqual([
    '2:1 unknown field "as_of"; "as_of" is for the registry to say, not for the plugin',
    '3:1 unknown field "dependencies"; packages are listed in `dependencies` under [project]',
    '4:1 hooks: expected a list of names of events such as [pre_process], found "a"; write ["a"]',
  ]);
});
