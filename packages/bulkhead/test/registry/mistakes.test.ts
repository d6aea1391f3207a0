import { describe, expect, it } from 'vitest';
import { readRegistry } from '../../src/registry/read-registry.ts';
import { failure, registryFile, shown } from './registry-fixture.ts';

async function mistakesOf(text: string | Uint8Array): Promise<string[]> {
  return shown(await failure(readRegistry(await registryFile(text), { variables: {} }), 'REGISTRY_INVALID'));
}

/** Mistakes in the fields of one plugin that is right otherwise; its first field is on line 4. */
async function mistakesIn(fields: string): Promise<string[]> {
  return mistakesOf(`plugins:\n  - id: a\n    path: a\n    ${fields}\n`);
}

describe('a mistake in a field', () => {
  it.each([
    ['isolaton: process', '4:5 unknown field "isolaton"; did you mean "isolation"?'],
    ['python-version: "3.11"', '4:5 unknown field "python-version"; did you mean "python_version"?'],
    [
      'isolation: proces',
      '4:16 isolation: expected thread, process or docker, found "proces"; did you mean "process"?',
    ],
    [
      `transport: zeromq\n    pattern: rep\n    address: tcp://10.0.0.5:1\n    curve: { server_key: "${'#'.repeat(40)}" }`,
      `7:26 curve.server_key: expected off, or the key of the service such as { server_key: "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID" }, found "${'#'.repeat(40)}"`,
    ],
    ['environment: conda', '4:18 environment: expected uv, venv or node, found "conda"'],
    [
      'python_version: 3.10',
      '4:21 python_version: expected a Python version such as "3.11" or "3.11.7", at least 3.9, found 3.10; put it in quotes: "3.10"',
    ],
    [
      'python_version: "2.7"',
      '4:21 python_version: expected a Python version such as "3.11" or "3.11.7", at least 3.9, found "2.7"',
    ],
    [
      'dependencies: numpy',
      '4:19 dependencies: expected a list of requirements such as ["numpy>=1.24"], found "numpy"; write ["numpy"]',
    ],
    [
      'dependencies: ["numpy=1.24"]',
      '4:20 dependencies[0]: expected a requirement such as "numpy>=1.24" (PEP 508), found "numpy=1.24"; "=1.24" is not a version specifier such as ">=1.2"; write "==1.24"',
    ],
    [
      'dependencies: [ok, numpy 1.24]',
      '4:24 dependencies[1]: expected a requirement such as "numpy>=1.24" (PEP 508), found "numpy 1.24"; "1.24" is not a version specifier such as ">=1.2"; write "==1.24"',
    ],
    [
      'as_of: 2023-02-30',
      '4:12 as_of: expected a day such as 2023-06-01, or an instant such as 2023-06-01T12:00:00Z, found "2023-02-30"',
    ],
    [
      'as_of: 2023',
      '4:12 as_of: expected a day such as 2023-06-01, or an instant such as 2023-06-01T12:00:00Z, found 2023; put it in quotes: "2023"',
    ],
    [
      'resources: { disk: 1GiB }',
      '4:18 resources.disk: has an effect only with `permissions`: other plugins have no scratch folder',
    ],
    [
      'command: [ssh, there]\n    resources: { memory: 1GiB, files: 64 }',
      '5:32 resources.files: has no effect on a plugin that `command` starts',
    ],
    ['trial_import: yes', '4:19 trial_import: expected true or false, found "yes"; write true, without quotes'],
    ['config: [1]', '4:13 config: expected a mapping, found a list'],
    ['env: { PORT: 8080 }', '4:18 env.PORT: expected text, found a number; put it in quotes'],
    [
      'env: { "MY PORT": x }',
      '4:12 env.MY PORT: expected the name of an environment variable: letters, digits and "_", found "MY PORT"',
    ],
    [
      'permissions: strict\n    env: { PYTHONPATH: ./lib }',
      "5:12 PYTHONPATH can't be set for a plugin: with permissions it has no place: what it names would run before the sandbox is closed",
    ],
    [
      'env: { PYTHONHOME: /usr }',
      "4:12 PYTHONHOME can't be set for a plugin: it would give the interpreter the standard library of another one; see python_version",
    ],
    [
      'env: { BULKHEAD_INSTANCE: x }',
      "4:12 BULKHEAD_INSTANCE can't be set for a plugin: Bulkhead finds the processes of an instance by it",
    ],
    [
      'env: { A: x, PYTHONIOENCODING: latin-1 }',
      "4:18 PYTHONIOENCODING can't be set for a plugin: the host reads what it writes as UTF-8",
    ],
    [
      'env_from_host: [TOKEN, PYTHONINSPECT]',
      "4:28 PYTHONINSPECT can't be set for a plugin: an instance has no terminal to go on in",
    ],
    [
      'env_from_host: [PYTHON*]',
      "4:21 PYTHON* can't be set for a plugin: PYTHONEXECUTABLE is one of them; name those that are meant",
    ],
    [
      'env_from_host: ["*"]',
      '4:21 env_from_host[0]: expected the name of an environment variable, or the beginning of names such as SLURM_*, found "*"',
    ],
    [
      'env_from_host: TOKEN',
      '4:20 env_from_host: expected a list of environment variables such as [DATABASE_URL, SLURM_*], found "TOKEN"',
    ],
    [
      'instances: { min: -1 }',
      '4:23 instances.min: expected a number of instances from 0 (started by the first call) to 1024, found -1',
    ],
    [
      'instances: 0',
      '4:16 instances: expected a number of instances from 1 to 1024, or a mapping such as { min: 1, max: 4 }, found 0',
    ],
    ['concurrency: 0', '4:18 concurrency: expected a number of calls from 1 to 256, found 0'],
    [
      'hooks: pre_process',
      '4:12 hooks: expected a list of names of events such as [pre_process], found "pre_process"; write ["pre_process"]',
    ],
    [
      'hooks: ["pre process"]',
      '4:13 hooks[0]: expected the name of an event, without spaces and at most 128 long, found "pre process"',
    ],
    ['concurrency: 2.5', '4:18 concurrency: expected a number of calls from 1 to 256, found 2.5'],
    ['instances: { min: 3, max: 2 }', '4:16 instances: expected a max that is at least min, found a mapping'],
    ['queue: { max: 0 }', '4:19 queue.max: expected a number of calls from 1 to 1000000, found 0'],
    [
      'idle_unload: never',
      '4:18 idle_unload: expected a duration such as 500ms, 30s, 5m or 1h, or a number of seconds, over 0 and under 25 days, found "never"; for no limit leave the key out where that is its default; the longest is 596h',
    ],
    ['recycle: { calls: 0.5 }', '4:23 recycle.calls: expected a number of calls, at least 1, found 0.5'],
    [
      'recycle: { memory: 1KiB }',
      '4:24 recycle.memory: expected a size such as 64MiB, 500MB or 2GB, or a number of bytes, at least 1MiB, found "1KiB"',
    ],
    [
      'timeouts: { call: soon }',
      '4:23 timeouts.call: expected a duration such as 500ms, 30s, 5m or 1h, or a number of seconds, over 0 and under 25 days, found "soon"',
    ],
    [
      'timeouts: { call: 0 }',
      '4:23 timeouts.call: expected a duration such as 500ms, 30s, 5m or 1h, or a number of seconds, over 0 and under 25 days, found 0',
    ],
    [
      'timeouts: { call: 1000h }',
      '4:23 timeouts.call: expected a duration such as 500ms, 30s, 5m or 1h, or a number of seconds, over 0 and under 25 days, found "1000h"',
    ],
    [
      'timeouts: { stop: -1 }',
      '4:23 timeouts.stop: expected a duration such as 500ms, 30s, 5m or 1h, or a number of seconds, under 25 days, found -1',
    ],
    [
      'timeouts: { stop: .inf }',
      '4:23 timeouts.stop: expected a duration such as 500ms, 30s, 5m or 1h, or a number of seconds, under 25 days, found .inf',
    ],
    [
      'timeouts: { cancel: 1s }',
      '4:17 unknown field "cancel"; the fields here are call, cancel_grace, idle, queue, start, stop',
    ],
    [
      'limits: { frame: 64mb }',
      '4:22 limits.frame: expected a size such as 64MiB, 500MB or 2GB, or a number of bytes, from 1KiB to 1GiB, found "64mb"; write 64MB (powers of 1000) or 64MiB (of 1024)',
    ],
    [
      'limits: { body: 1TB }',
      '4:21 limits.body: expected a size such as 64MiB, 500MB or 2GB, or a number of bytes, from 1KiB to 4GiB, found "1TB"',
    ],
    [
      'limits: { values: 64MiB }',
      '4:23 limits.values: expected a number of values from 1000 to 100000000, found "64MiB"',
    ],
    [
      'cache: true',
      '4:12 cache: expected false, or a mapping of actions such as { keywords: { ttl: 10m } }, found true',
    ],
    [
      'cache: { keywords: true }',
      '4:24 cache.keywords: expected false, or a mapping such as { ttl: 10m, max_entries: 500, max_bytes: 64MiB }, found true',
    ],
    ['cache: { keywords: { max: 5 } }', '4:26 unknown field "max"; the fields here are max_bytes, max_entries, ttl'],
    [
      'cache: { keywords: { ttl: 0 } }',
      '4:31 cache.keywords.ttl: expected a duration such as 500ms, 30s, 5m or 1h, or a number of seconds, over 0 and under 25 days, found 0',
    ],
    ['image: x', '4:5 image: has an effect only with isolation: docker'],
    ['image_command: true', '4:5 image_command: has an effect only with isolation: docker'],
    [
      'isolation: docker\n    image_command: yes please',
      '5:20 image_command: expected true or false, found "yes please"',
    ],
    [
      'isolation: docker\n    image_command: true\n    start: fork',
      '6:12 start: fork needs a template, which only Bulkhead can start; image_command leaves the start to the image',
    ],
    [
      'isolation: docker\n    image_command: true\n    instances: { spare: 1 }',
      '6:18 instances.spare: spares are forked, and image_command forbids that',
    ],
    [
      'start: spawn\n    instances: { spare: 1 }',
      '5:18 instances.spare: spares are forked, and start: spawn forbids that',
    ],
    [
      'permissions: stict',
      '4:18 permissions: expected strict, or a mapping such as { network: true, read: [./data] }, found "stict"',
    ],
    ['permissions: { netwrok: true }', '4:20 unknown field "netwrok"; did you mean "network"?'],
    [
      'permissions: { network: "yes" }',
      '4:29 permissions.network: expected true, false or a list of hosts such as [api.example.com:443], found "yes"; write true, without quotes',
    ],
    [
      'permissions: { read: ./data }',
      '4:26 permissions.read: expected a list of paths such as [./data], found "./data"; write ["./data"]',
    ],
    [
      'permissions: { env: [PYTHONHOME] }',
      "4:26 PYTHONHOME can't be set for a plugin: it would give the interpreter the standard library of another one; see python_version",
    ],
    [
      'isolation: thread\n    permissions: strict',
      "5:5 permissions: can't hold with isolation: thread: a group is one process, and the kernel keeps no thread to less than the others. Leave it out, or write isolation: process",
    ],
    [
      'isolation: thread\n    transport: stdio',
      '5:5 transport: has no effect with isolation: thread: a group talks over sockets. Leave it out, or write isolation: process',
    ],
    [
      'isolation: thread\n    start: fork',
      '5:5 start: has no effect with isolation: thread: a thread is neither spawned nor forked. Leave it out, or write isolation: process',
    ],
    [
      'isolation: thread\n    instances: { spare: 1 }',
      '5:18 instances.spare: has no effect with isolation: thread: spares are forked. Leave it out, or write isolation: process',
    ],
    [
      'isolation: thread\n    recycle: { memory: 64MiB }',
      "5:16 recycle.memory: has no effect with isolation: thread: the system does not tell a thread's memory from that of its group. Leave it out, or write isolation: process",
    ],
    [
      'isolation: thread\n    sandbox: off',
      '5:5 sandbox: has no effect with isolation: thread: it is how a process is kept to permissions. Leave it out, or write isolation: process',
    ],
    [
      'isolation: docker\n    resources: { files: 64 }',
      '5:18 resources.files: has an effect only with isolation: process',
    ],
    [
      'isolation: docker\n    permissions: { processes: true }',
      '5:20 permissions.processes: has an effect only with isolation: process',
    ],
    ['sandbox: maybe', '4:14 sandbox: expected on, full, floor or off, found "maybe"'],
    [
      'permissions: { network: api.example.com }',
      '4:29 permissions.network: expected true, false or a list of hosts such as [api.example.com:443], found "api.example.com"; write ["api.example.com"]',
    ],
    [
      'permissions: { network: ["https://example.com"] }',
      '4:30 permissions.network[0]: expected a host such as api.example.com, *.example.com:443 or 10.0.0.5:8000,8001, found "https://example.com"',
    ],
    [
      'sandbox: floor\n    permissions: { network: [example.com] }',
      '5:20 permissions.network: takes name spaces, and sandbox: floor makes none',
    ],
    [
      'isolation: docker\n    permissions: { network: [example.com] }',
      '5:20 permissions.network: has an effect only with isolation: process',
    ],
    [
      'network: true',
      '4:5 unknown field "network"; what a plugin may do stands in `permissions`, such as `permissions: { network: true, read: [./data] }`',
    ],
    ['resources: { files: 3 }', '4:25 resources.files: expected a number of open files, at least 32, found 3'],
    [
      'zebra: 1',
      '4:5 unknown field "zebra"; the fields here are id, path, address, as_of, binds, cache, codec, command, concurrency, config, curve, dependencies, enabled, env, env_from_host, environment, extras, groups, hooks, idle_unload, image, image_command, instances, isolation, limits, may_call, pattern, permissions, proto, protocol_versions, python_version, queue, recycle, reload, resources, sandbox, share, start, timeouts, transport, trial_import',
    ],
    ['"__proto__": 1', '4:5 `__proto__` is not a possible name'],
    ['config: { n: 99999999999999999999 }', '4:15 `n` is an integer of more than 64 bits'],
    ['extras: cpu', '4:13 extras: expected a list of names such as [cpu], found "cpu"'],
    ['groups: ["-x"]', '4:14 groups[0]: expected a name such as "cpu": letters, digits, "-", "_" and ".", found "-x"'],
    [
      'dependencies:',
      '4:18 dependencies: expected a list of requirements such as ["numpy>=1.24"], found nothing; leave the key out, or give it a value',
    ],
  ])('%s', async (fields, expected) => {
    expect(await mistakesIn(fields)).toEqual([expected]);
  });

  it('in fields that nobody knows lists those that there are once', async () => {
    const cache = (id: string): string => `  - { id: ${id}, path: a, cache: { keywords: { max: 5 } } }\n`;
    expect(await mistakesOf(`plugins:\n${cache('a')}${cache('b')}`)).toEqual([
      '2:44 unknown field "max"; the fields here are max_bytes, max_entries, ttl',
      '3:44 unknown field "max"; the fields here are listed above',
    ]);
  });

  it('in id or path', async () => {
    expect(await mistakesOf('plugins:\n  - path: a\n  - id: 12\n    path: ""\n  - id: Big\n')).toEqual([
      '2:5 id is missing: expected a name of lower-case letters, digits, "_" and "-" that begins with a letter, at most 64 long',
      '3:9 id: expected a name of lower-case letters, digits, "_" and "-" that begins with a letter, at most 64 long, found 12; put it in quotes: "12"',
      '4:11 path: expected the path of a folder, found ""',
      '5:5 path is missing: expected the path of a folder',
      '5:9 id: expected a name of lower-case letters, digits, "_" and "-" that begins with a letter, at most 64 long, found "Big"; write "big", for example',
    ]);
  });

  it('is found in what an alias or a merge key brings', async () => {
    const text = 'x-base: &base\n  isolation: box\nplugins:\n  - <<: *base\n    id: a\n    path: a\n';
    expect(await mistakesOf(text)).toEqual(['2:14 isolation: expected thread, process or docker, found "box"']);
  });

  it('never shows what stands in config or env', async () => {
    const found = await mistakesIn('env: { TOKEN: 12345678, OTHER: [hunter2] }');
    expect(found).toEqual([
      '4:19 env.TOKEN: expected text, found a number; put it in quotes',
      '4:36 env.OTHER: expected text, found a list',
    ]);
  });
});

describe('what people write who know other tools leads to what does it', () => {
  it.each([
    ['requirements: [six]', 'packages are listed in `dependencies`'],
    [
      'extra_index_url: https://host/simple',
      'no field does that; other package indexes are named by [[tool.uv.index]]',
    ],
    ['timeout: 30s', '`timeouts: { call: 30s }`'],
    ['memory: 512MB', '`recycle: { memory: 512MiB }`'],
    ['Max-Memory: 512MB', '`recycle: { memory: 512MiB }`'],
    ['entry_point: main.py', '`entry_point` under [tool.bulkhead]'],
    ['restart: always', 'there is no field for it'],
    ['trial_import: no', 'write false, without quotes'],
    ['timeouts: { call: 1:30 }', 'write 90s'],
    ['timeouts: { call: 2 minutes }', 'write 2m'],
    ['limits: { body: 2G }', 'write 2GB (powers of 1000) or 2GiB (of 1024)'],
    ['python_version: python3.11', 'write "3.11"'],
    ['python_version: ">=3.10"', '`requires-python`'],
    ['instances: "2"', 'write it without quotes: 2'],
    ['dependencies: { six: "*", attrs: ">=20" }', 'write ["six", "attrs>=20"]'],
    ['dependencies: six', 'write ["six"]'],
    ['dependencies: ["-e ./lib"]', '"-e" is an option of pip, not a requirement; a folder or file needs'],
    ['dependencies: ["git+https://host/a.git#egg=a"]', 'a @ git+https://host/a.git'],
    ['dependencies: ["six^1.2"]', 'write ">=1.2,<2"'],
    ['dependencies: ["plugin_sdk"]', 'Bulkhead itself brings plugin_sdk'],
    ['dependencies: ["six ; python_version"]', 'is no requirement'],
    ['dependencies: ["six\\n"]', 'no line break may stand in it'],
    ['env: ["TOKEN=hunter2"]', 'write NAME: "value", one on each line'],
  ])('%s', async (fields, advice) => {
    const [mistake, ...others] = await mistakesIn(fields);
    expect(mistake).toContain(advice);
    expect(mistake).not.toContain('hunter2');
    expect(others).toEqual([]);
  });
});

describe('mistakes', () => {
  it('come all at once, in the order of the file', async () => {
    const text =
      'plugins:\n  - id: a\n    path: a\n    isolation: dockr\n    timeouts: { call: x }\n  - id: a\n    pth: b\nplugin: []\n';
    const error = await failure(readRegistry(await registryFile(text)), 'REGISTRY_INVALID');
    expect(shown(error)).toEqual([
      '4:16 isolation: expected thread, process or docker, found "dockr"; did you mean "docker"?',
      '5:23 timeouts.call: expected a duration such as 500ms, 30s, 5m or 1h, or a number of seconds, over 0 and under 25 days, found "x"',
      '6:5 path is missing: expected the path of a folder',
      '6:9 id: the plugin on line 2 is called "a" already',
      '7:5 unknown field "pth"; did you mean "path"?',
      '8:1 unknown field "plugin"; did you mean "plugins"?',
    ]);
    expect(error.message).toMatch(/^The registry has 6 mistakes:\n {2}\/.*plugins\.yaml:4:16: isolation/);
  });
});

describe('a file that is no registry', () => {
  const bomb = Array.from(
    { length: 10 },
    (_, index) =>
      `a${index}: &a${index} [${Array.from({ length: 9 }, () => (index === 0 ? 'x' : `*a${index - 1}`)).join(', ')}]\n`,
  ).join('');
  it.each<[string, string | Uint8Array, string]>([
    ['empty', '', '1:1 expected a mapping with the key "plugins", found nothing; write "plugins: []"'],
    [
      'only a comment',
      '# nothing\n',
      '1:1 expected a mapping with the key "plugins", found nothing; write "plugins: []"',
    ],
    [
      'a list',
      '- id: a\n  path: a\n',
      '1:1 expected a mapping with the key "plugins", found a list; write "plugins:" before the list',
    ],
    ['text', 'plugins\n', '1:1 expected a mapping with the key "plugins", found "plugins"'],
    ['without plugins', 'x-a: 1\n', '1:1 plugins is missing: expected a list of plugins, each beginning with "- "'],
    [
      'plugins by name',
      'plugins:\n  a:\n    path: a\n',
      '2:3 plugins: expected a list of plugins, each beginning with "- ", found a mapping; write each as "- id: NAME" with its other fields below',
    ],
    [
      'a plugin that is text',
      'plugins:\n  - ./a\n',
      '2:5 plugins[0]: expected a plugin: a mapping with id and path, found "./a"',
    ],
    ['a key twice', 'plugins: []\nplugins: []\n', '2:1 "plugins" stands twice in this mapping'],
    ['a field twice', 'plugins:\n  - id: a\n    path: a\n    path: b\n', '4:5 "path" stands twice in this mapping'],
    [
      'a space of a web page',
      'plugins:\n  -\u00a0id: a\n    path: a\n',
      '2:4 YAML: this is a no-break space (U+00A0), as web pages have them; write a plain one',
    ],
    ['tabs', 'plugins:\n\t- id: a\n', "2:1 YAML: tabs can't indent; use spaces"],
    ['a quote without end', 'plugins: "abc\n', '2:1 YAML: Missing closing "quote'],
    ['bad indentation', 'plugins:\n  - id: a\n   path: a\n', '3:1 YAML: Sequence item without - indicator'],
    [
      'a colon without quotes',
      'plugins:\n  - id: a: b\n    path: a\n',
      '2:9 YAML: Nested mappings are not allowed in compact mappings; a value that holds ": " needs quotes',
    ],
    [
      'two documents',
      'plugins: []\n---\nplugins: []\n',
      '2:1 YAML: a second document begins here; the file may hold only one',
    ],
    ['a tag', 'plugins: !include x.yaml\n', '1:10 YAML: Unresolved tag: !include; tags have no meaning here'],
    ['an alias of nothing', 'plugins: *nothing\n', '1:10 YAML: there is no anchor &nothing before this alias'],
    ['an alias bomb', bomb, '2:10 aliases (*name) in this file expand to too much'],
    [
      'an alias that holds itself',
      'plugins: &a [*a]\n',
      '1:14 YAML: what this alias stands for, &a, holds the alias itself',
    ],
    [
      'merge keys in a circle',
      'plugins: []\nx-a: &a { <<: [&b { <<: *a }] }\n',
      '2:25 YAML: what this alias stands for, &a, holds the alias itself',
    ],
    [
      'one big alias, often',
      `a: &a [${'1,'.repeat(2000)}]\nb: [${'*a,'.repeat(900)}]\n`,
      '1:3804 this makes the file hold more than 200000 values, aliases expanded',
    ],
    [
      'binary',
      Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0xff, 0xfe),
      '1:5 expected text, found the control character U+0002',
    ],
    [
      'not UTF-8',
      Uint8Array.of(...Buffer.from('plugins: []\n# '), 0xe4, 0x0a),
      '2:3 expected text in UTF-8, found bytes that are not',
    ],
    ['10 MB', `plugins: []\n${'# long\n'.repeat(1_500_000)}`, '1:1 the file has more than 1048576 bytes'],
    ['nested lists', '- '.repeat(50_000), '1:400 the file is nested too deeply'],
    ['nested brackets', `plugins: ${'['.repeat(300_000)}`, '1:209 the file is nested too deeply'],
  ])('%s', async (_what, text, expected) => {
    const found = await mistakesOf(text);
    expect(found[0]).toBe(expected);
  });

  it('with tens of thousands of unknown fields does not make the reader hang', async () => {
    const found = await mistakesOf(
      `plugins: []\n${Array.from({ length: 60_000 }, (_, index) => `k${index}: 1\n`).join('')}`,
    );
    expect(found).toHaveLength(100);
  }, 60_000);

  it('with tens of thousands of keys does not make the reader hang', async () => {
    const text = `plugins: [{ id: a, path: a, config: {${Array.from({ length: 60_000 }, (_, index) => `k${index}: 1`).join(', ')}}}]\n`;
    expect((await readRegistry(await registryFile(text))).plugins).toHaveLength(1);
  }, 60_000);
});

describe('a mistake in the resources', () => {
  it.each([
    ['[gpu]', '1:12 resources: expected a mapping of names to capacities such as { gpu: 2 }, found a list'],
    ['{ gpu: 0 }', '1:19 resources.gpu: expected a whole number of units, from 1 on, found 0'],
    ['{ gpu: 1.5 }', '1:19 resources.gpu: expected a whole number of units, from 1 on, found 1.5'],
    ['{ gpu: "2" }', '1:19 resources.gpu: expected a whole number of units, from 1 on, found "2"'],
    ['{ gpu: { memory: 2GB } }', '1:19 resources.gpu: expected a whole number of units, from 1 on, found a mapping'],
    [
      '{ "": 1 }',
      '1:14 resources.: expected the name of a resource: 1 to 200 characters, without line breaks, found ""',
    ],
  ])('%s', async (resources, mistake) => {
    expect(await mistakesOf(`resources: ${resources}\nplugins: []\n`)).toEqual([mistake]);
  });

  it('that is a misspelt one of the file', async () => {
    expect(await mistakesOf('resource: { gpu: 2 }\nplugins: []\n')).toEqual([
      '1:1 unknown field "resource"; did you mean "resources"?',
    ]);
  });
});
