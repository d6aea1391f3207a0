import { existsSync } from 'node:fs';
import { chmod, readFile } from 'node:fs/promises';
import { Script } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { until } from '../until.ts';
import { LiveCommand } from './live-command.ts';
import { errorOf, Workshop } from './workshop.ts';

interface Plugin {
  readonly dependencies?: readonly string[];
  readonly python_version?: string;
  readonly share?: string;
  readonly pyproject?: string;
}

/** A registry of these plugins, each with a folder of its own. */
async function withPlugins(workshop: Workshop, plugins: Readonly<Record<string, Plugin>>): Promise<void> {
  const entries = Object.entries(plugins).map(([id, { dependencies, python_version, share }]) => ({
    id,
    path: `./${id}`,
    dependencies,
    python_version,
    share,
  }));
  await workshop.write('plugins.yaml', `${JSON.stringify({ plugins: entries }, undefined, 2)}\n`);
  for (const [id, { pyproject }] of Object.entries(plugins)) {
    await workshop.write(`${id}/plugin.py`, '');
    if (pyproject !== undefined) await workshop.write(`${id}/pyproject.toml`, pyproject);
  }
}

/** An index that nobody answers at: what passes with it has not asked. */
const AWAY = {
  UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple',
  UV_NO_CACHE: '1',
  UV_HTTP_RETRIES: '0',
  UV_PYTHON_DOWNLOADS: 'never',
};

describe('bulkhead check --offline', () => {
  const check = async (workshop: Workshop, ...more: string[]) =>
    await workshop.run(['check', '--offline', ...more], { variables: AWAY });

  test('names what conflicts, and is content when nobody has to share', async () => {
    await using workshop = await Workshop.open();
    await withPlugins(workshop, {
      old: { dependencies: ['pandas<2', 'six'] },
      new: { dependencies: ['pandas>=2,<3'] },
      other: { python_version: '3.13' },
      older: { python_version: '3.9' },
    });
    const { exitCode, stdout, stderr } = await check(workshop);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('4 plugins, 6 pairs: 2 in conflict, 4 not known (offline: nothing was resolved).');
    expect(stdout).toMatch(/ {2}Python {2}3\.13 +other\n +3\.9 +older\n {2}pandas {2}<2 +old\n +>=2,<3 {2}new\n/);
    expect(stdout).toContain('Isolated plugins may conflict: each has an environment of its own.');
    expect(stdout).toContain(
      '2 environments may do for all, instead of 4, and fewer will not (offline: nothing was resolved).',
    );
  });

  test('shows what plugins ask for, and obeys none of it: in its text, its page and its JSON, as do list and doctor', async () => {
    await using workshop = await Workshop.open();
    await withPlugins(workshop, {
      sly: { pyproject: '[project]\nname = "sly"\nversion = "1.0"\ndependencies = ["x\\u001B[2J", "y\\u202E>=1"]\n' },
      plain: { dependencies: ['six'] },
    });
    await workshop.write('sly/requirements.txt', 'z\u001b]0;owned\u0007\n');
    const page = 'page.html';
    const texts = [
      ...Object.values(await check(workshop, '--html', page)),
      ...Object.values(await check(workshop, '--json')),
      ...Object.values(await workshop.run(['list'], { variables: AWAY })),
      ...Object.values(await workshop.run(['doctor'], { variables: AWAY })),
      await workshop.read(page),
    ].join('\n');
    expect(texts).toContain('sly');
    expect(texts).toMatch(/\\x1b\[2J|\\u202e/);
    // oxlint-disable-next-line no-control-regex -- these must not be there
    expect(texts).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });

  test('tells apart releases of one Python, and promises nothing of what was not resolved', async () => {
    await using workshop = await Workshop.open();
    await withPlugins(workshop, {
      first: { python_version: '3.11.7' },
      second: { python_version: '3.11.8' },
      third: { dependencies: ['six'] },
    });
    const { stdout } = await check(workshop);
    expect(stdout).toMatch(/ {2}Python {2}3\.11\.7 {2}first\n +3\.11\.8 {2}second\n/);
    expect(stdout).toContain('The same `share: NAME` for the plugins of a line in the registry tries it.\n');
  });

  test('fails when those conflict who were told to share', async () => {
    await using workshop = await Workshop.open();
    await withPlugins(workshop, {
      old: { dependencies: ['pandas<2'], share: 'tables' },
      new: { dependencies: ['pandas>=2'], share: 'tables' },
    });
    const { exitCode, stdout } = await check(workshop);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("  tables: old, new can't share\n    pandas: old needs <2, new needs >=2\n");
    expect(stdout).not.toContain('Isolated plugins may conflict');
  });

  test('says what those need who can not share as told, alike in its text, its page and its JSON', async () => {
    await using workshop = await Workshop.open();
    await withPlugins(workshop, {
      old: { dependencies: ['pandas<2'], share: 'tables' },
      new: { dependencies: ['pandas>=2'], share: 'tables' },
      free: { dependencies: ['six'] },
    });
    const { stdout } = await check(workshop, '--html', 'page.html');
    expect(stdout).toContain("Told to share, and can't: tables. 2 environments may do for all, and fewer will not");
    const cure = 'In the registry, give the plugins of a line a `share` of their own, and one that is alone on its';
    expect(stdout).toMatch(/^ +1 {2}old *\n +2 {2}new, free .*\n/m);
    expect(stdout).toContain(`${cure} line none`);
    const page = await workshop.read('page.html');
    expect(page).toContain("<b>tables</b>: old, new can't share</p>");
    expect(page).toContain('pandas: old needs &lt;2, new needs &gt;=2');
    expect(page).toContain('<b>2</b><span>environments may do (not resolved)</span>');
    expect(page).toContain(cure.replace('`share`', '<code>share</code>'));
    const { exitCode, stdout: json } = await check(workshop, '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(json)).toMatchObject({
      environments: { before: { environments: null, bytes: null }, after: { environments: 2 }, fewest: true },
      shared: [{ name: 'tables', verdict: 'conflict' }],
    });
  });

  test('proves that three told to share can not, though each two could', async () => {
    await using workshop = await Workshop.open();
    await withPlugins(
      workshop,
      Object.fromEntries(
        [1, 2, 3].map((major) => [`not${major}`, { dependencies: [`x>=1,<4,!=${major}.*`], share: 'all' }]),
      ),
    );
    const { exitCode, stdout } = await check(workshop);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('x: not1 needs >=1,<4,!=1.*, not2 needs >=1,<4,!=2.*, not3 needs >=1,<4,!=3.*\n');
    expect(stdout).toContain("Told to share, and can't: all. 2 environments may do for all (offline");
  });

  test('refuses as a build does those told to share whose settings of uv differ, in whatever order they are written', async () => {
    await using workshop = await Workshop.open();
    const project = (settings: string): string => `[project]\nname = "x"\nversion = "1"\n[tool.uv]\n${settings}\n`;
    const [one, other] = ['prerelease = "allow"', 'resolution = "lowest"'];
    const told = async (first: string, second: string): Promise<string> => {
      await withPlugins(workshop, {
        a: { pyproject: project(first), share: 'all' },
        b: { pyproject: project(second), share: 'all' },
      });
      const { exitCode, stdout } = await check(workshop);
      return `${exitCode} ${stdout}`;
    };
    expect(await told(one, other)).toMatch(
      /^1 [^]*a and b have different builders, or set different things in \[tool\.uv\]/,
    );
    expect(await told(`${one}\n${other}`, `${other}\n${one}`)).toMatch(/^0 [^]*One environment may hold all/);
  });

  test('goes on past what it cannot read, and says where that is', async () => {
    await using workshop = await Workshop.open();
    const dependencies = ['requests>=2.*', 'six 1.0', '-r more.txt', 'git+https://host/x.git#egg=x', 'pandas<2'];
    await withPlugins(workshop, {
      odd: {
        pyproject: `[project]\nname = "odd"\nversion = "1"\ndependencies = [\n${dependencies.map((each) => `  "${each}",\n`).join('')}]\n`,
      },
      broken: { pyproject: '[project\n' },
      fine: { dependencies: ['pandas>=2'] },
      also: { dependencies: ['pandas<1.5'] },
    });
    const { exitCode, stdout, stderr } = await check(workshop);
    expect(exitCode).toBe(2);
    const place = `${workshop.folder}/odd/pyproject.toml`;
    expect(stdout).toContain(
      `note ${place}:5: "requests>=2.*" of odd: ">=2.*" is not a version specifier of PEP 440, though installers may read it`,
    );
    expect(stdout).toContain(
      `error ${place}:6 (character 5): "six 1.0" of odd: "1.0" is not a version specifier such as ">=1.2"`,
    );
    expect(stdout).toContain(`error ${place}:7: "-r more.txt" of odd: "-r" is an option of pip`);
    expect(stdout).toContain("an address needs its package's name before it: x @ git+https://host/x.git");
    // what can be read of it still proves something
    expect(stdout).toMatch(/pandas {2}<2 +odd\n +>=2 +fine\n +<1\.5 +also\n/);
    expect(stdout).toContain(
      'At least 2 environments are needed for 2 of 4 plugins (offline: nothing was resolved); left out: odd, broken.',
    );
    expect(stderr).toContain('MANIFEST_INVALID');
  });

  test('goes on past odd requirements of the registry as past those of a pyproject, and gives each its line', async () => {
    await using workshop = await Workshop.open();
    for (const id of ['odd', 'fine', 'also']) await workshop.write(`${id}/plugin.py`, '');
    await workshop.write(
      'odd/pyproject.toml',
      '[project]\nname = "odd"\nversion = "1"\ndependencies = [\n  "attrs \\"==2\\"",\n]\n',
    );
    await workshop.write(
      'plugins.yaml',
      `plugins:
  - id: odd
    path: ./odd
    dependencies:
      - pandas<2
      - "six \\"==1.0\\""
      - 'idna ''>=2'' '
      - numpy>=1.2 <2
      - plugin_sdk
      - six ; python_version
  - { id: fine, path: ./fine, dependencies: ["pandas>=2"] }
  - { id: also, path: ./also, dependencies: ["pandas<1.5"] }
`,
    );
    const { exitCode, stdout, stderr } = await check(workshop);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    expect(stdout).toMatch(/pandas {2}<2 +odd\n +>=2 +fine\n +<1\.5 +also\n/);
    const places = [...stdout.matchAll(/ error \S+?(\w+\.\w+:\d+)(?: \(character \d+\))?: "(\w+)/g)];
    expect(places.map(([, place, name]) => `${place} ${name}`)).toEqual([
      'pyproject.toml:5 attrs',
      'plugins.yaml:6 six',
      'plugins.yaml:7 idna',
      'plugins.yaml:8 numpy',
      'plugins.yaml:9 plugin_sdk',
      'plugins.yaml:10 six',
    ]);
    expect(stdout).toContain('write ">=1.2,<2"');
    // whoever runs the plugins still hears of it at once
    expect((await workshop.run(['list'], { variables: AWAY })).stderr).toContain('REGISTRY_INVALID');
    // other mistakes stay mistakes of the file
    await workshop.write('plugins.yaml', 'plugins:\n  - { id: odd, path: ./odd, dependencies: ["six 1", 2] }\n');
    expect((await check(workshop)).stderr).toContain('dependencies[1]: expected');
  });

  test('claims no environment for plugins that it left out, nor one that nobody resolved', async () => {
    await using workshop = await Workshop.open();
    await withPlugins(workshop, {
      one: { dependencies: ['six'] },
      two: { dependencies: ['six<2'] },
      odd: { pyproject: '[project]\nname = "odd"\nversion = "1"\ndependencies = ["six 1.0"]\n' },
    });
    const { stdout } = await check(workshop, '--html', 'page.html');
    expect(stdout).toContain(
      'One environment may do for 2 of 3 plugins, instead of 2 (offline: nothing was resolved); left out: odd.',
    );
    const page = await workshop.read('page.html');
    expect(page).toContain('<b>1</b><span>environment may do for 2 of 3 plugins, instead of 2 (not resolved)</span>');
    expect(page).toContain('<h2>Environments that may hold 2 of 3 plugins</h2>');
  });

  test('is one document of JSON for programs', async () => {
    await using workshop = await Workshop.open();
    await withPlugins(workshop, { a: { dependencies: ['six<1'] }, b: { dependencies: ['six>=1'] }, c: {} });
    const { exitCode, stdout } = await check(workshop, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      offline: true,
      pairs: { conflict: 1, compatible: 0, unknown: 2 },
      conflicts: [{ plugins: ['a', 'b'], proof: 'specifiers', reasons: ['six: a needs <1, b needs >=1'], words: null }],
      environments: { before: { environments: 3 }, after: { environments: 2 }, fewest: true },
      problems: [],
    });
  });

  test('writes a page that needs nothing else, and in which nothing acts', async () => {
    await using workshop = await Workshop.open();
    await withPlugins(workshop, {
      a: { dependencies: ['six<1'] },
      b: { dependencies: ['six>=1; sys_platform != "</script><script>alert(1)</script>"'] },
    });
    expect((await check(workshop, '--html', 'page.html')).stdout).toContain('The page is in page.html.');
    const page = await readFile(`${workshop.folder}/page.html`, 'utf8');
    expect(page).toContain('<path class="conflict" d="M1 0h1v1h-1zM0 1h1v1h-1z"/>');
    expect(page).not.toContain('alert(1)</script>');
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/(?:src|href)=|https?:\/\/(?!127)/);
    const refused = await check(workshop, '--html', 'no/such/folder.html');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain("--html: no/such/folder.html can't be written");
  });

  test('names in the page what each pair disagrees about, and nothing else', async () => {
    await using workshop = await Workshop.open();
    await withPlugins(workshop, {
      low: { dependencies: ['six<1', 'attrs<20; python_version < "3.11"'] },
      high: { dependencies: ['six>=1', 'attrs>=20'] },
      // its six is not what low wants, and goes with it; its attrs goes only with high's
      lower: { dependencies: ['six<0.9', 'attrs==23'], python_version: '3.10' },
    });
    await check(workshop, '--html', 'page.html');
    const page = await workshop.read('page.html');
    const data = JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? '') as {
      plugins: string[];
      subjects: string[][];
      rows: number[][];
    };
    const told = data.plugins.flatMap((one, row) =>
      data.plugins
        .slice(row + 1)
        .map((other, behind) => [one, other, ...(data.subjects[data.rows[row]?.[behind] ?? -1] ?? [])].join(' ')),
    );
    expect(told).toEqual(['low high six', 'low lower attrs', 'high lower six']);
  });

  test('says in the page who is in the way, and holds all that its script asks for', async () => {
    await using workshop = await Workshop.open();
    await withPlugins(workshop, {
      old: { dependencies: ['six<1', 'attrs<20'] },
      one: { dependencies: ['six>=1'] },
      two: { dependencies: ['six>=1.1', 'attrs>=20'] },
      three: { dependencies: ['attrs>=21'] },
      peaceful: {},
    });
    await check(workshop, '--html', 'page.html');
    const page = await workshop.read('page.html');
    expect(page).toContain('<p>old, one, two are in 3 of 3 conflicts.</p><table><tr><td>old</td><td>3</td></tr>');
    expect(page).not.toContain('<td>peaceful</td><td>');
    expect(page).toMatch(/ · \d{4}-\d{2}-\d{2} · offline: nothing was resolved/);
    expect(page).toContain('"verdicts":["xxx?","???","??","?",""]');
    const script = /<script>(.*?)<\/script>/s.exec(page)?.[1] ?? '';
    expect(() => new Script(script)).not.toThrow();
    const asked = [...script.matchAll(/byId\('(\w+)'\)/g)].map(([, id]) => `id="${id}"`);
    expect(asked.filter((id) => !page.includes(id))).toEqual([]);
    expect(asked).toContain('id="pair"');
    // what is said of a cell stands above the matrix, and stays there
    expect(page.indexOf('id="pair"')).toBeLessThan(page.indexOf('class="matrix"'));
  });

  test('compares plugins of Node by their ranges, and fails when those conflict who were told to share', async () => {
    await using workshop = await Workshop.open();
    const declare = async (id: string, packages: object): Promise<void> => {
      await workshop.write(`${id}/package.json`, JSON.stringify({ bulkhead: {}, dependencies: packages }));
      await workshop.write(`${id}/plugin.js`, '');
    };
    await declare('a', { zod: '^3.25.0' });
    await declare('b', { zod: '^4.0.0' });
    await declare('c', { zod: '>=3' });
    const plugins = (share: string): string =>
      `plugins:\n  - { id: a, path: a${share} }\n  - { id: b, path: b${share} }\n  - { id: c, path: c }\n`;
    await workshop.write('plugins.yaml', plugins(''));
    const apart = await check(workshop);
    expect(apart).toMatchObject({ exitCode: 0 });
    expect(apart.stdout).toBe(
      'Plugins of Node\n  a, b, c: 1 pair in conflict.\n  zod: a needs ^3.25.0, b needs ^4.0.0\n',
    );
    await workshop.write('plugins.yaml', plugins(', share: js'));
    const told = await check(workshop, '--json');
    expect(told.exitCode).toBe(1);
    expect(JSON.parse(told.stdout)).toMatchObject({
      shared: [{ name: 'js', plugins: ['a', 'b'], verdict: 'conflict' }],
      node: { plugins: ['a', 'b', 'c'], conflicts: [{ plugins: ['a', 'b'] }] },
    });
    await workshop.write('p/plugin.py', '');
    await workshop.write(
      'plugins.yaml',
      `${plugins('')}  - { id: p, path: p, share: js }\n`.replace('path: c', 'path: c, share: js'),
    );
    const mixed = await check(workshop);
    expect(mixed.exitCode).toBe(1);
    expect(mixed.stdout).toContain(
      `c, p can't share "js": c is a plugin of Node, p of Python: their environments have nothing in common`,
    );
  });

  test('says what is wrong with a registry, and that an empty one has nothing to check', async () => {
    await using workshop = await Workshop.open();
    expect(errorOf(await check(workshop, '--json'))).toMatchObject({ code: 'REGISTRY_NOT_FOUND' });
    await workshop.write('plugins.yaml', 'plugins: []\n');
    expect(await check(workshop)).toMatchObject({
      exitCode: 0,
      stdout: 'There are no plugins to be checked. `bulkhead new NAME` writes one.\n',
    });
    await workshop.write('plugins.yaml', 'plugins:\n  - { id: a, path: ., isolation: docker, share: x }\n');
    const { exitCode, stderr } = await check(workshop);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('share: has no effect with isolation: docker');
    await workshop.write(
      'plugins.yaml',
      'plugins:\n  - { id: a, path: ., isolation: docker }\n  - { id: b, path: ., command: [./b] }\n',
    );
    expect(await check(workshop)).toMatchObject({
      exitCode: 0,
      stdout: '0 plugins, 0 pairs.\nIn containers, or started by commands, where they conflict with nobody: a, b.\n',
    });
  });
});

describe('bulkhead check', () => {
  test('asks the index for what requirements do not say', async () => {
    await using workshop = await Workshop.open();
    await withPlugins(workshop, {
      one: { dependencies: ['six==1.16.0'] },
      two: { dependencies: ['six>=1.10', 'attrs==23.2.0'] },
    });
    const { exitCode, stdout } = await workshop.run(['check']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('2 plugins, 1 pair: 1 compatible.');
    expect(stdout).toMatch(/The fewest environments that hold all: 1 instead of 2, about \d+ kB to download/);
    expect(stdout).toMatch(/ 1 {2}one, two {2}Python 3\.\d+\.\d+, 2 packages/);
    expect(stdout).toContain('in the registry makes it so.\n');
  });

  test('says which plugins the one environment holds, when it could not read all', async () => {
    await using workshop = await Workshop.open();
    await withPlugins(workshop, {
      fine: { dependencies: ['six==1.16.0'] },
      odd: { pyproject: '[project]\nname = "odd"\nversion = "1"\ndependencies = ["six 1.0"]\n' },
    });
    const { exitCode, stdout } = await workshop.run(['check', '--html', 'page.html']);
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/One environment holds 1 of 2 plugins, about \d+ kB to download; left out: odd\.\n/);
    const page = await workshop.read('page.html');
    expect(page).toContain('<h2>Environments that hold 1 of 2 plugins</h2>');
    expect(page).toMatch(/ · resolved by uv \d+\.\d+/);
  });
});

describe('bulkhead check that is ended early', () => {
  /** A uv that never answers, but for who it is. */
  async function withoutAnswer(workshop: Workshop): Promise<{ begun: string; variables: Record<string, string> }> {
    await withPlugins(workshop, {
      one: { dependencies: ['six<1'] },
      two: { dependencies: ['six>=1'] },
      three: { dependencies: ['attrs'] },
    });
    const begun = `${workshop.folder}/begun`;
    const text = `#!/bin/sh\n[ "$1" = --version ] && echo 'uv 0.13.9' && exit\ntouch '${begun}'\nexec sleep 600\n`;
    const uv = await workshop.write('uv', text);
    await chmod(uv, 0o755);
    return { begun, variables: { BULKHEAD_UV: uv } };
  }

  test('by its limit says what is known, and which pairs are open why', async () => {
    await using workshop = await Workshop.open();
    const { variables } = await withoutAnswer(workshop);
    const { exitCode, stdout } = await workshop.run(['check', '--time-limit', '300ms'], { variables });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('3 plugins, 3 pairs: 1 in conflict, 2 not known.\n');
    expect(stdout).toContain(
      'Ended early, because the time limit of 0.3 s was over. What was answered is kept: the same command goes on from there.\n',
    );
    const json = await workshop.run(['check', '--time-limit', '300ms', '--json'], { variables });
    expect(JSON.parse(json.stdout)).toMatchObject({
      stopped: 'the time limit of 0.3 s was over',
      unknown: [
        { reason: 'one could not be resolved: the time limit of 0.3 s was over', pairs: [['one', 'three']] },
        { reason: 'two could not be resolved: the time limit of 0.3 s was over', pairs: [['two', 'three']] },
      ],
    });
    expect(errorOf(await workshop.run(['check', '--time-limit', 'soon', '--json']))).toMatchObject({
      code: 'ARGUMENT_INVALID',
    });
  });

  test('by Ctrl-C, too', async () => {
    await using workshop = await Workshop.open();
    const { begun, variables } = await withoutAnswer(workshop);
    await using command = new LiveCommand(workshop.start(['check'], { variables }));
    await until(() => existsSync(begun), 'a question to uv');
    const { exitCode, stdout } = await command.end('SIGINT');
    expect(exitCode).toBe(130);
    expect(stdout).toContain('3 plugins, 3 pairs: 1 in conflict, 2 not known.\n');
    expect(stdout).toContain('Ended early, because interrupted by SIGINT.');
  });
});

describe('bulkhead add', () => {
  test('says what the plugin conflicts with, and places it', async () => {
    await using workshop = await Workshop.open();
    await withPlugins(workshop, { old: { dependencies: ['six<1.16'] } });
    await workshop.write('fresh/plugin.py', '');
    await workshop.write(
      'fresh/pyproject.toml',
      '[project]\nname = "fresh"\nversion = "1"\ndependencies = ["six==1.16.0"]\n',
    );
    const { exitCode, stdout } = await workshop.run(['add', 'fresh']);
    expect(stdout).toContain(
      "fresh can't share an environment with some:\n  six: fresh needs ==1.16.0, old needs <1.16\n",
    );
    expect(stdout).toContain('It gets an environment of its own.\n');
    expect(stdout).toMatch(/fresh +Python 3\.\d+\.\d+ +1 +built/);
    expect(exitCode).toBe(0);
    expect(await workshop.read('plugins.yaml')).toContain('./fresh');
    expect(errorOf(await workshop.run(['add', 'fresh', '--json']))).toMatchObject({ code: 'PLUGIN_ALREADY_LOADED' });
  });

  test('lets it share only what it can share', async () => {
    await using workshop = await Workshop.open();
    await withPlugins(workshop, { old: { dependencies: ['six<1.16'], share: 'tools' } });
    for (const [name, six] of [
      ['no', '>=1.16'],
      ['yes', '<2'],
    ] as const) {
      await workshop.write(`${name}/plugin.py`, '');
      await workshop.write(
        `${name}/pyproject.toml`,
        `[project]\nname = "x"\nversion = "1"\ndependencies = ["six${six}"]\n`,
      );
    }
    const add = async (...parameters: string[]) =>
      await workshop.run(['add', '--offline', ...parameters], { variables: AWAY });
    const refused = await add('no', '--share', 'tools');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('can\'t share the environment "tools": six: old needs <1.16, no needs >=1.16');
    expect(errorOf(await add('no', '--share', 'toolz', '--json'))).toMatchObject({ code: 'ARGUMENT_INVALID' });
    expect(await workshop.read('plugins.yaml')).not.toContain('./no');
    expect((await add('yes', '--share', 'tools')).stdout).toContain('It shares the environment "tools".');
    expect(await workshop.read('plugins.yaml')).toContain('share: tools');
  });

  test('lets it run in a thread only beside those that it can share with, and offers a process', async () => {
    await using workshop = await Workshop.open();
    await workshop.write('plugins.yaml', 'plugins: []\n');
    for (const [name, six] of [
      ['first', '<1.16'],
      ['no', '>=1.16'],
    ] as const) {
      await workshop.write(`${name}/plugin.py`, '');
      await workshop.write(
        `${name}/pyproject.toml`,
        `[project]\nname = "x"\nversion = "1"\ndependencies = ["six${six}"]\n`,
      );
    }
    const add = async (...parameters: string[]) =>
      await workshop.run(['add', '--offline', ...parameters], { variables: AWAY });
    expect((await add('first', '--isolation', 'thread')).stdout).toContain('It shares the environment "threads".');
    const refused = await add('no', '--isolation', 'thread');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('can\'t share the environment "threads": six: first needs <1.16, no needs >=1.16');
    expect(refused.stderr).toContain('Add it with `--isolation process`');
    expect((await add('no', '--isolation', 'process')).exitCode).toBe(0);
    expect(await workshop.read('plugins.yaml')).toMatch(/isolation: thread[^]*isolation: process/);
  });
});
