import { chmod, lstat, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addPlugin, editPlugin } from '../../src/registry/write-registry.ts';
import { failure, registryFile } from './registry-fixture.ts';
import { onlyIf } from '../not-run.ts';

const BLOCK = `# Plugins of this host.   Keep sorted.

plugins:

  # first
  - id: "one"        # the id
    path: './a'


    dependencies: ['x>=1',   "y"]  # wanted
    config:
      text: |
        many
        lines

  # second
  - path: b
    id: two   # last
    dependencies:
      # numbers
      - numpy<2   # old

# the end
`;

async function edited(text: string, change: (file: string) => Promise<void>): Promise<string> {
  const file = await registryFile(text);
  await change(file);
  return readFile(file, 'utf8');
}

describe('editing an entry leaves all else as it was', () => {
  it.each<[string, string, string, string, (file: string) => Promise<void>]>([
    [
      'sets as_of',
      BLOCK,
      `"y"]  # wanted\n`,
      `"y"]  # wanted\n    as_of: 2023-06-01\n`,
      (file) => editPlugin(file, 'one', { asOf: '2023-06-01' }),
    ],
    [
      'sets as_of where the id stands last',
      BLOCK,
      `    id: two   # last\n`,
      `    id: two   # last\n    as_of: 2023-06-01\n`,
      (file) => editPlugin(file, 'two', { asOf: '2023-06-01' }),
    ],
    [
      'disables',
      BLOCK,
      `    id: two   # last\n`,
      `    id: two   # last\n    enabled: false\n`,
      (file) => editPlugin(file, 'two', { enabled: false }),
    ],
    [
      'enables what was disabled',
      'plugins:\n- id: one\n  enabled: false   # until Monday\n  path: a\n',
      'enabled: false',
      'enabled: true',
      (file) => editPlugin(file, 'one', { enabled: true }),
    ],
    [
      'enables what others of the same anchor are not',
      'plugins:\n- &off { id: one, path: a, enabled: false }\n- <<: *off\n  id: two\n',
      '  id: two\n',
      '  id: two\n  enabled: true\n',
      (file) => editPlugin(file, 'two', { enabled: true }),
    ],
    [
      'leaves what is enabled anyway',
      BLOCK,
      'id: two',
      'id: two',
      (file) => editPlugin(file, 'two', { enabled: true }),
    ],
    [
      'appends to a flow list',
      BLOCK,
      `"y"]`,
      `"y", "numpy<2"]`,
      (file) => editPlugin(file, 'one', { dependency: 'numpy<2' }),
    ],
    [
      'appends to a block list',
      BLOCK,
      `# old\n`,
      `# old\n      - "pandas==2.0.0"\n`,
      (file) => editPlugin(file, 'two', { dependency: 'pandas==2.0.0' }),
    ],
    [
      'makes a list',
      'plugins:\n- id: one\n  path: a # p\n',
      'a # p\n',
      'a # p\n  dependencies: ["numpy<2"]\n',
      (file) => editPlugin(file, 'one', { dependency: 'numpy<2' }),
    ],
    [
      'fills an empty list',
      'plugins:\n- id: one\n  path: a\n  dependencies: [] # x\n',
      '[] # x',
      '["numpy<2"] # x',
      (file) => editPlugin(file, 'one', { dependency: 'numpy<2' }),
    ],
    [
      'replaces, with the quotes that were there',
      "plugins: [{ id: one, as_of: '2020-01-01', path: a }]\n",
      "'2020-01-01'",
      "'2023-06-01'",
      (file) => editPlugin(file, 'one', { asOf: '2023-06-01' }),
    ],
    [
      'replaces a plain value',
      'plugins:\n- id: one\n  as_of: 2020-01-01 # then\n  path: a\n',
      '2020-01-01 #',
      '2023-06-01 #',
      (file) => editPlugin(file, 'one', { asOf: '2023-06-01' }),
    ],
    [
      'adds to a flow mapping',
      'plugins:\n  - { id: one, path: a } # x\n',
      'path: a }',
      'path: a, as_of: 2023-06-01 }',
      (file) => editPlugin(file, 'one', { asOf: '2023-06-01' }),
    ],
    [
      'adds to a flow mapping over several lines',
      'plugins: [\n  {\n    id: one,\n    path: a, # x\n  },\n]\n',
      'path: a, # x',
      'path: a,\n    as_of: 2023-06-01, # x',
      (file) => editPlugin(file, 'one', { asOf: '2023-06-01' }),
    ],
    [
      'keeps Windows line ends',
      'plugins:\r\n- id: one\r\n  path: a\r\n',
      'path: a\r\n',
      'path: a\r\n  as_of: 2023-06-01\r\n',
      (file) => editPlugin(file, 'one', { asOf: '2023-06-01' }),
    ],
    [
      'needs no line end',
      'plugins:\n- id: one\n  path: a',
      'path: a',
      'path: a\n  as_of: 2023-06-01\n',
      (file) => editPlugin(file, 'one', { asOf: '2023-06-01' }),
    ],
    [
      'knows merge keys',
      'x-b: &b { as_of: 2020-01-01 }\nplugins:\n- <<: *b\n  id: one\n  path: a\n',
      'path: a\n',
      'path: a\n  as_of: 2023-06-01\n',
      (file) => editPlugin(file, 'one', { asOf: '2023-06-01' }),
    ],
    ['does nothing twice', BLOCK, '', '', (file) => editPlugin(file, 'one', { dependency: 'y' })],
  ])('%s', async (_what, text, from, to, change) => {
    expect(await edited(text, change)).toBe(text.replace(from, to));
  });

  it('makes both changes', async () => {
    const text = await edited('plugins:\n  - id: one\n    path: a\n', (file) =>
      editPlugin(file, 'one', { asOf: '2023-06-01', dependency: 'numpy<2' }),
    );
    expect(text).toBe('plugins:\n  - id: one\n    path: a\n    as_of: 2023-06-01\n    dependencies: ["numpy<2"]\n');
  });

  it('lays the file out anew, comments kept, where nothing else is certain', async () => {
    const text = await edited('x-d: &d [a]\nplugins:\n  - id: one # 1\n    path: a\n    dependencies: *d\n', (file) =>
      editPlugin(file, 'one', { dependency: 'b' }),
    );
    expect(text).toBe(
      'x-d: &d [ a ]\nplugins:\n  - id: one # 1\n    path: a\n    dependencies:\n      - a\n      - b\n',
    );
  });

  it('refuses to change two entries at once', async () => {
    const file = await registryFile('plugins:\n  - &one { id: one, path: a }\n  - *one\n  - { <<: *one, id: two }\n');
    await failure(editPlugin(file, 'one', { asOf: '2023-06-01' }), 'ARGUMENT_INVALID');
    expect(await readFile(file, 'utf8')).toContain('- *one');
  });
});

describe('adding an entry', () => {
  const plugin = { id: 'new', path: './new' };
  it.each<[string, string, string, string]>([
    ['after block entries, with their blank line', BLOCK, `# old\n`, `# old\n\n  - id: new\n    path: ./new\n`],
    [
      'after entries without indentation',
      'plugins:\n- id: one\n  path: a\n- id: two\n  path: b\n',
      'path: b\n',
      'path: b\n- id: new\n  path: ./new\n',
    ],
    [
      'after a text block',
      'plugins:\n  - id: one\n    path: |\n      a\n',
      '      a\n',
      '      a\n  - id: new\n    path: ./new\n',
    ],
    [
      'into an empty list',
      '# top\nplugins: [] # none\n',
      'plugins: [] # none\n',
      'plugins: # none\n  - id: new\n    path: ./new\n',
    ],
    ['under nothing', 'plugins:\n  # soon\n', 'plugins:\n', 'plugins:\n  - id: new\n    path: ./new\n'],
    ['into a flow list', 'plugins: [{ id: one, path: a }]\n', 'a }]', 'a }, { id: new, path: ./new }]'],
    [
      'before what follows',
      'plugins:\n  - id: one\n    path: a\nx-more: 1\n',
      'path: a\n',
      'path: a\n  - id: new\n    path: ./new\n',
    ],
  ])('%s', async (_what, text, from, to) => {
    expect(await edited(text, (file) => addPlugin(file, plugin))).toBe(text.replace(from, to));
  });

  it('writes further fields, in quotes where YAML needs them', async () => {
    const text = await edited('plugins: []\n', (file) =>
      addPlugin(file, { ...plugin, python_version: '3.10', dependencies: ['a', 'b>=1'] }),
    );
    expect(text).toBe(
      'plugins:\n  - id: new\n    path: ./new\n    python_version: "3.10"\n    dependencies: [a, "b>=1"]\n',
    );
  });

  it('refuses an id that is taken, and what is no registry', async () => {
    await failure(addPlugin(await registryFile(BLOCK), { id: 'one', path: 'x' }), 'PLUGIN_ALREADY_LOADED');
    await failure(addPlugin(await registryFile('- a\n'), plugin), 'REGISTRY_INVALID');
    await failure(addPlugin(await registryFile('plugins: {\n'), plugin), 'REGISTRY_INVALID');
    await failure(addPlugin(join(dirname(await registryFile('')), 'none.yaml'), plugin), 'REGISTRY_NOT_FOUND');
  });
});

describe('writing', () => {
  it('names the plugin nearest to an unknown one', async () => {
    const error = await failure(
      editPlugin(await registryFile(BLOCK), 'onee', { asOf: '2023-06-01' }),
      'PLUGIN_UNKNOWN',
    );
    expect(error.details).toEqual({ plugin: 'onee', nearest: 'one', known: ['one', 'two'] });
  });

  it(
    'keeps permissions and links, and leaves nothing behind',
    onlyIf(process.platform !== 'win32', 'Windows has other permissions'),
    async () => {
      const file = await registryFile(BLOCK);
      await chmod(file, 0o640);
      const link = join(dirname(file), 'link.yaml');
      await symlink(file, link);
      await editPlugin(link, 'one', { asOf: '2023-06-01' });
      expect((await lstat(link)).isSymbolicLink()).toBe(true);
      expect((await stat(file)).mode & 0o777).toBe(0o640);
      expect(await readFile(file, 'utf8')).toContain('as_of: 2023-06-01');
      expect((await readdir(dirname(file))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    },
  );
});
