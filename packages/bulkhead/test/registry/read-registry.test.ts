import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRegistry } from '../../src/registry/read-registry.ts';
import { failure, folderWith, registryFile } from './registry-fixture.ts';

const DESIGN = `plugins:
  - id: text_analyzer
    path: ./plugins/text_analyzer
    isolation: process
    environment: uv
    python_version: "3.11"
  - id: image_processor
    path: ./plugins/image_processor
    isolation: docker
    image: image_processor:latest
    resources: { memory: 2GB, cpu: 2 }
  - id: data_transformer
    path: ./plugins/data_transformer
    isolation: process
    environment: uv
    dependencies: ["pandas==2.0.0", "numpy>=1.24"]
`;

describe('a valid registry', () => {
  it('is the one of the design, verbatim', async () => {
    const folder = await folderWith({
      'plugins.yaml': DESIGN,
      'plugins/text_analyzer/plugin.py': '',
      'plugins/data_transformer/plugin.py': '',
    });
    const file = join(folder, 'plugins.yaml');
    const { plugins } = await readRegistry(file);
    expect(plugins.map(({ id, problem }) => [id, problem])).toEqual([
      ['text_analyzer', undefined],
      ['image_processor', undefined],
      ['data_transformer', undefined],
    ]);
    expect(plugins[0]?.spec).toEqual({
      id: 'text_analyzer',
      version: undefined,
      folder: join(folder, 'plugins/text_analyzer'),
      source: { file, line: 2, column: 5 },
      secrets: [],
      enabled: true,
      configuration: {},
      environment: {
        kind: 'uv',
        language: 'python',
        python: '3.11',
        dependencies: [],
        extras: [],
        groups: [],
        asOf: undefined,
        trialImport: true,
        share: undefined,
      },
      launch: {
        entryPoint: { file: 'plugin.py', module: undefined, className: undefined },
        isolation: 'process',
        imageCommand: false,
        start: 'auto',
        variables: {},
        variablesFromHost: [],
        image: undefined,
        permissions: undefined,
        resources: {},
        sandbox: 'on',
        transport: 'socket',
        command: undefined,
        protocolVersions: [1],
        codec: 'json',
        binds: undefined,
        address: undefined,
        curve: undefined,
        confined: false,
        isolated: false,
      },
      pool: {
        instances: { min: 0, max: 1, spare: 0 },
        idleUnload: undefined,
        recycle: {},
        reload: 'side_by_side',
      },
      calls: {
        timeouts: { queue: undefined, start: 60_000, idle: undefined, call: 300_000, cancelGrace: 2000, stop: 5000 },
        queue: { max: 10_000 },
        concurrency: 1,
        limits: { frame: 64 * 1024 ** 2, body: 2 * 1024 ** 3, values: 2_000_000 },
        mayCall: [],
      },
      cache: {},
      hooks: [],
    });
    expect(plugins[1]?.spec?.launch).toMatchObject({
      isolation: 'docker',
      image: 'image_processor:latest',
      resources: { memory: 2e9, cpu: 2 },
    });
    expect(plugins[2]?.spec?.environment.dependencies).toEqual(['pandas==2.0.0', 'numpy>=1.24']);
  });

  it('names capacities of what plugins share, and need not', async () => {
    const text = 'resources: { gpu: 2, "A 4 paper": 500 }\nplugins: []\n';
    expect((await readRegistry(await registryFile(text))).resources).toEqual({ gpu: 2, 'A 4 paper': 500 });
    expect((await readRegistry(await registryFile('plugins: []\n'))).resources).toEqual({});
  });

  it('may permit by name, or nothing at all, relative to the file', async () => {
    const file = await registryFile(`plugins:
  - { id: strict, path: a, permissions: strict }
  - { id: named, path: a, permissions: { network: true, read: [./data, /srv], write: [~/out], env: [LC_*] } }
  - { id: off, path: a, permissions: strict, sandbox: off }
  - { id: limited, path: a, resources: { memory: 512MB, files: 64 } }
`);
    const [strict, named, off, limited] = (await readRegistry(file)).plugins.map(({ spec }) => spec?.launch);
    const nothing = { network: false, read: [], write: [], env: [], processes: false };
    expect(strict).toMatchObject({ permissions: nothing, confined: true });
    expect(named).toMatchObject({
      permissions: {
        network: true,
        read: [join(dirname(file), 'data'), '/srv'],
        write: [join(homedir(), 'out')],
        env: ['LC_*'],
        processes: false,
      },
      confined: true,
    });
    expect(off).toMatchObject({ permissions: nothing, sandbox: 'off', confined: false });
    expect(limited).toMatchObject({ permissions: undefined, resources: { memory: 512e6, files: 64 }, confined: false });
  });

  it('may say everything', async () => {
    const file = await registryFile(`plugins:
  - id: everything-1
    path: a
    isolation: process
    environment: venv
    python_version: '3.12.1'
    dependencies: [requests, "torch[cuda] >=2,<3 ; python_version < '3.13'", "mine @ file:///tmp/mine", "x (==1.0)"]
    as_of: 2023-06-01
    trial_import: false
    config: { depth: { list: [1, 2.5, true, null, text] }, big: 9007199254740993 }
    env: { LOG_LEVEL: debug }
    instances: { min: 1, max: 3 }
    concurrency: 8
    hooks: [pre_process, post_process, pre_process]
    queue: { max: 50 }
    idle_unload: 10m
    recycle: { calls: 1000, memory: 512MiB }
    timeouts: { queue: 5s, idle: 1m, start: 90, call: 1h, cancel_grace: 500ms, stop: 0 }
    cache: { keywords: { ttl: 10m, max_entries: 500, max_bytes: 64MiB }, find: {}, execute: false }
    limits: { frame: 1 MiB, body: 64MB, values: 5000 }
`);
    const [plugin] = (await readRegistry(file)).plugins;
    expect(plugin?.spec).toMatchObject({
      id: 'everything-1',
      configuration: { depth: { list: [1, 2.5, true, null, 'text'] }, big: 9007199254740993n },
      environment: { kind: 'venv', python: '3.12.1', asOf: '2023-06-01', trialImport: false },
      launch: { variables: { LOG_LEVEL: 'debug' } },
      pool: {
        instances: { min: 1, max: 3, spare: 0 },
        idleUnload: 600_000,
        recycle: { calls: 1000, memory: 512 * 1024 ** 2 },
      },
      calls: {
        timeouts: { queue: 5000, idle: 60_000, start: 90_000, call: 3_600_000, cancelGrace: 500, stop: 0 },
        queue: { max: 50 },
        concurrency: 8,
        limits: { frame: 1024 ** 2, body: 64e6, values: 5000 },
      },
      cache: { keywords: { ttl: 600_000, maxEntries: 500, maxBytes: 64 * 1024 ** 2 }, find: {}, execute: false },
      hooks: ['pre_process', 'post_process'],
    });
  });

  it.each([
    ['no plugins', 'plugins: []\n'],
    ['nothing under plugins', 'plugins:\n  # - id: later\n'],
    ['comments and a document marker', '# mine\n---\nplugins: []\n'],
    ['a byte order mark', '\ufeffplugins: []\n'],
    ['Windows line ends', 'plugins:\r\n  []\r\n'],
  ])('may have %s', async (_what, text) => {
    expect((await readRegistry(await registryFile(text))).plugins).toEqual([]);
  });

  it('takes a date that YAML 1.1 makes of as_of', async () => {
    const file = await registryFile(
      '%YAML 1.1\n---\nplugins:\n  - { id: a, path: a, as_of: 2023-06-01 }\n  - { id: b, path: b, as_of: 2023-06-01T12:30:00Z }\n',
    );
    expect((await readRegistry(file)).plugins.map(({ spec }) => spec?.environment.asOf)).toEqual([
      '2023-06-01',
      '2023-06-01T12:30:00.000Z',
    ]);
  });

  it('may share parts by anchors, aliases and merge keys', async () => {
    const file = await registryFile(`x-shared: &shared
  timeouts: &slow { call: 1h }
plugins:
  - { <<: *shared, id: a, path: a }
  - { id: b, path: b, timeouts: *slow }
`);
    expect((await readRegistry(file)).plugins.map(({ spec }) => spec?.calls.timeouts.call)).toEqual([
      3_600_000, 3_600_000,
    ]);
  });

  it('may use one anchor hundreds of times', async () => {
    const entries = Array.from({ length: 300 }, (_, index) => `  - { id: p${index}, path: a, timeouts: *t }\n`).join(
      '',
    );
    const { plugins } = await readRegistry(await registryFile(`x-t: &t { call: 1h }\nplugins:\n${entries}`));
    expect(plugins).toHaveLength(300);
    expect(plugins.every(({ spec }) => spec?.calls.timeouts.call === 3_600_000)).toBe(true);
  });

  it.each([
    ['a carriage return alone', '\r'],
    ['both', '\r\n'],
  ])('may end its lines with %s', async (_, end) => {
    const file = await registryFile(
      ['plugins:', '  - id: one', '    path: a', '  - id: two', '    path: b', ''].join(end),
    );
    const { plugins } = await readRegistry(file);
    expect(plugins.map(({ id, source }) => [id, source.line])).toEqual([
      ['one', 2],
      ['two', 4],
    ]);
  });

  it('takes a path that was written on Windows', async () => {
    const file = await registryFile('plugins:\n  - id: one\n    path: .\\some\\a\n', { 'some/a/plugin.py': '' });
    const { plugins } = await readRegistry(file);
    expect(plugins[0]?.spec?.folder).toBe(join(dirname(file), 'some', 'a'));
  });

  it('takes paths relative to itself, absolute ones, and ~', async () => {
    const other = await folderWith({ 'plugin.py': '' });
    const file = await registryFile(
      `plugins:\n  - { id: a, path: ./a/../a }\n  - { id: b, path: "${other}" }\n  - { id: c, path: ~/no/such/folder }\n`,
    );
    const { plugins } = await readRegistry(file);
    expect(plugins[0]?.spec?.folder).toBe(join(dirname(file), 'a'));
    expect(plugins[1]?.spec?.folder).toBe(other);
    expect(plugins[2]?.problem?.message).toContain(join(homedir(), 'no/such/folder'));
  });
});

describe('what is wrong with one plugin', () => {
  it('does not hold up the others', async () => {
    const file = await registryFile(
      `plugins:
  - { id: gone, path: ./gone }
  - { id: empty, path: ./empty }
  - { id: bad, path: ./bad }
  - { id: file, path: ./a/plugin.py }
  - { id: secret, path: ./a, env: { KEY: "\${env:NOT_SET}" } }
  - { id: fine, path: ./a }
`,
      { 'empty/README': '', 'bad/pyproject.toml': '[tool.bulkhead]\nid = 3\n' },
    );
    const { plugins } = await readRegistry(file, { variables: {} });
    expect(plugins.map(({ id, problem }) => [id, problem?.code])).toEqual([
      ['gone', 'PLUGIN_FOLDER_MISSING'],
      ['empty', 'PLUGIN_ENTRY_POINT_MISSING'],
      ['bad', 'MANIFEST_INVALID'],
      ['file', 'REGISTRY_INVALID'],
      ['secret', 'REGISTRY_INVALID'],
      ['fine', undefined],
    ]);
    expect(plugins[0]?.problem?.message).toBe(
      `The folder of plugin "gone" does not exist: ${join(dirname(file), 'gone')} (declared at ${file}:2:5).`,
    );
    expect(plugins[4]?.problem?.message).toContain(
      `${file}:6:42: env.KEY: the environment variable NOT_SET is not set`,
    );
  });
});

it('a plugin that is disabled is not looked at, and stops no other', async () => {
  const file = await registryFile(
    'plugins:\n  - { id: off, path: nowhere, enabled: false, config: { key: "${env:BULKHEAD_UNSET}" }, share: g }\n  - { id: on, path: a, share: g }\n',
  );
  const { plugins } = await readRegistry(file, { variables: {} });
  expect(plugins[0]?.problem).toMatchObject({ code: 'PLUGIN_DISABLED', details: { declared: `${file}:2:5` } });
  expect(plugins[1]?.spec?.environment.share?.members.map(({ id }) => id)).toEqual(['on']);
});

describe('a registry that is not there', () => {
  it.each([
    ['plugins.yml', 'plugins.yaml'],
    ['Plugins.yaml', 'plugins.yaml'],
    ['plugins.json', 'plugins.yaml'],
    ['my.yaml', 'my.yml'],
  ])('is %s, where %s was looked for', async (there, name) => {
    const folder = await folderWith({ [there]: 'plugins: []\n' });
    const error = await failure(readRegistry(join(folder, name)), 'REGISTRY_NOT_FOUND');
    expect(error.message).toBe(`There is no registry at ${join(folder, name)}, but there is ${join(folder, there)}.`);
    expect(error.advice).toContain(`--registry ${join(folder, there)}`);
  });

  it.each([
    ['missing', 'nothing.yaml'],
    ['a folder', 'a'],
    ['below a file', 'plugins.yaml/x'],
  ])('%s', async (_what, name) => {
    const file = join(dirname(await registryFile('plugins: []\n')), name);
    const error = await failure(readRegistry(file), 'REGISTRY_NOT_FOUND');
    expect(error.details.file).toBe(file);
    expect(error.cause).toBeInstanceOf(Error);
  });
});
