import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readList } from '../../src/conflicts/requirement-list.ts';
import { unreadRequirements } from '../../src/environment/dependency-files/unread-files.ts';
import { environmentsOf, type Environments } from '../../src/environment/environments.ts';
import { type DeclaredProject, readDeclaredProject } from '../../src/environment/requirements/declared-project.ts';
import { pluginRequirements } from '../../src/environment/requirements/plugin-requirements.ts';
import { Workbench } from './workbench.ts';
import { onlyInLongRuns } from '../not-run.ts';

const HASH_OF_SIX = 'sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254';
const USUAL_INDEX = ['https:', '', 'pypi.org', 'simple'].join('/');
const OTHER_HASH = `sha256:${'0'.repeat(64)}`;

let bench: Workbench;

beforeEach(async () => {
  bench = await Workbench.open();
});

afterEach(async () => {
  await bench.close();
});

async function declared(kind: keyof Environments = 'uv'): Promise<DeclaredProject> {
  return await readDeclaredProject(bench.spec({ kind }));
}

async function mistakes(): Promise<string[]> {
  const { details } = await bench.failure('REQUIREMENTS_FILE_INVALID', declared());
  return details.mistakes.map(
    ({ file, line, column, message }) => `${file.slice(bench.plugin.length + 1)}:${line}:${column}: ${message}`,
  );
}

describe('requirements.txt', () => {
  test('is read as pip reads it: comments, continued lines, markers, files that it includes', async () => {
    await bench.write(
      'plugin/requirements.txt',
      [
        '# what it needs',
        'six == 1.16.0   # pinned',
        'attrs>=20 ; \\',
        '  python_version >= "3.8"',
        '# a comment does not go on \\',
        'iniconfig',
        '-r more/others.txt',
        '--constraint=limits.txt',
        `-i ${USUAL_INDEX}`,
        '',
      ].join('\n'),
    );
    await bench.write('plugin/more/others.txt', 'packaging\n-r ../requirements.txt\n');
    await bench.write('plugin/limits.txt', 'packaging<25\n');
    expect(await declared()).toMatchObject({
      origin: 'requirements',
      dependencies: ['six == 1.16.0', 'attrs>=20 ;   python_version >= "3.8"', 'iniconfig', 'packaging'],
      constraints: ['packaging<25'],
      settings: { 'constraint-dependencies': ['packaging<25'] },
      hashes: undefined,
    });
    const { dependencies } = await pluginRequirements(bench.spec());
    expect(dependencies.map((each) => (typeof each === 'string' ? each : each.place))).toEqual([
      join(bench.plugin, 'requirements.txt:2'),
      join(bench.plugin, 'requirements.txt:3'),
      join(bench.plugin, 'requirements.txt:6'),
      join(bench.plugin, 'more/others.txt:1'),
    ]);
  });

  test.each([
    ['lines that end as on Windows, and a byte order mark', Buffer.from('\ufeffsix\r\nattrs # x\r\n')],
    ['UTF-16, as PowerShell writes it', Buffer.from('\ufeffsix\r\nattrs\r\n', 'utf16le')],
  ])('is read with %s', async (_, bytes) => {
    await writeFile(join(bench.plugin, 'requirements.txt'), bytes);
    expect((await declared()).dependencies).toEqual(['six', 'attrs']);
  });

  test('may name folders, wheels and repositories', async () => {
    await bench.write('plugin/lib one/pyproject.toml', '[project]\nname = "Lib.One"\nversion = "1"\n');
    await bench.write('plugin/two-1.0-py3-none-any.whl', '');
    await bench.write(
      'plugin/requirements.txt',
      [
        './lib one[fast] ; python_version > "3"',
        './two-1.0-py3-none-any.whl',
        'three @ file:./two-1.0-py3-none-any.whl',
        'git+https://host.example/four.git@v1#egg=four&subdirectory=py',
        'https://host.example/five-2.0-py3-none-any.whl',
      ].join('\n'),
    );
    const at = (path: string): string => pathToFileURL(join(bench.plugin, path)).href;
    expect((await declared()).dependencies).toEqual([
      `Lib.One[fast] @ ${at('lib one')} ; python_version > "3"`,
      `two @ ${at('two-1.0-py3-none-any.whl')}`,
      `three @ ${at('two-1.0-py3-none-any.whl')}`,
      'four @ git+https://host.example/four.git@v1#subdirectory=py',
      'five @ https://host.example/five-2.0-py3-none-any.whl',
    ]);
  });

  test('may name addresses that don’t tell their package’s name; of those nothing is known before', async () => {
    await bench.write(
      'plugin/requirements.txt',
      'six\n\n-e git+https://host.example/a.git@v1\nhttps://host.example/archive/v1-2.zip\n',
    );
    const read = await declared();
    expect(read.dependencies).toEqual(['six']);
    expect(read.unnamed.map(({ text, place }) => `${place.line} ${text}`)).toEqual([
      '3 git+https://host.example/a.git@v1',
      '4 https://host.example/archive/v1-2.zip',
    ]);
    const { issues, texts } = readList(await pluginRequirements(bench.spec()));
    expect(texts).toEqual(['six']);
    expect(issues).toMatchObject([
      { text: 'git+https://host.example/a.git@v1', kind: 'unclear', place: join(bench.plugin, 'requirements.txt:3') },
      { kind: 'unclear' },
    ]);
  });

  test('with hashes can’t have them', async () => {
    await bench.write('plugin/requirements.txt', `six==1.16.0 --hash=${HASH_OF_SIX}\ngit+https://host.example/a.git\n`);
    expect(await mistakes()).toEqual([expect.stringMatching(/^requirements\.txt:2:1: .*each package needs one/)]);
  });

  test('has folders that stay editable with uv', async () => {
    await bench.write('plugin/lib/pyproject.toml', '[project]\nname = "lib"\nversion = "1"\n');
    await bench.write('plugin/requirements.txt', '-e ./lib\n');
    const path = join(bench.plugin, 'lib');
    expect(await declared()).toMatchObject({
      dependencies: ['lib'],
      settings: { sources: { lib: { path, editable: true } } },
    });
    expect(await declared('venv')).toMatchObject({ dependencies: [`lib @ ${pathToFileURL(path).href}`] });
  });

  test('is refused with every line that Bulkhead does not take, and what to do instead', async () => {
    await bench.write(
      'plugin/requirements.txt',
      [
        '--extra-index-url https://packages.example.org/simple',
        '  --pre',
        'six==1.16.0 --global-option="x"',
        'iniconfig^2.0',
        './nowhere',
        '-r missing.txt',
        'git+https://${TOKEN}@host.example/a.git#egg=a',
        'git+https://host.example/a.git --hash=sha256:00',
        'plugin_sdk',
        'attrs --hash=md5:00',
        '-r broken.txt',
      ].join('\n'),
    );
    await bench.write('plugin/broken.txt', '\n--frozen\n');
    expect(await mistakes()).toEqual([
      expect.stringMatching(/^requirements\.txt:1:1: .*"--extra-index-url" from a plugin; .*\[\[tool\.uv\.index\]\]/),
      expect.stringMatching(/^requirements\.txt:2:3: .*"--pre" from a plugin; .*prerelease = "allow"/),
      expect.stringMatching(/^requirements\.txt:3:13: .*"--global-option" from a plugin/),
      expect.stringMatching(/^requirements\.txt:4:10: .*write ">=2\.0,<3"/),
      expect.stringMatching(/^requirements\.txt:5:1: .*there is no folder or file .*nowhere/),
      expect.stringMatching(/^requirements\.txt:6:1: .*there is no file .*missing\.txt/),
      expect.stringMatching(/^requirements\.txt:7:13: .*\$\{TOKEN\} is not replaced here/),
      expect.stringMatching(/^requirements\.txt:8:32: .*"sha256:00" is not a hash/),
      expect.stringMatching(/^requirements\.txt:9:1: .*Bulkhead itself brings plugin_sdk/),
      expect.stringMatching(/^requirements\.txt:10:7: .*"md5:00" is not a hash/),
      expect.stringMatching(/^broken\.txt:2:1: .*"--frozen" from a plugin/),
    ]);
  });

  test.each([
    { name: 'counts beside a pyproject.toml for tools', project: '[tool.ruff]\n', origin: 'requirements' },
    {
      name: 'counts beside a project that names no dependencies',
      project: '[project]\nname = "p"\n',
      origin: 'requirements',
    },
    {
      name: 'does not count beside declared ones',
      project: '[project]\nname = "p"\ndependencies = ["attrs"]\n',
      origin: 'pyproject',
    },
    {
      name: 'does not count beside ones declared to be none',
      project: '[project]\nname = "p"\ndependencies = []\n',
      origin: 'pyproject',
    },
    {
      name: 'counts where setuptools is told of it',
      project:
        '[project]\nname = "p"\ndynamic = ["dependencies"]\n[tool.setuptools.dynamic]\ndependencies = { file = ["requirements.txt"] }\n',
      origin: 'pyproject',
      dependencies: ['six'],
    },
  ])('$name', async ({ project, origin, dependencies }) => {
    await bench.write('plugin/requirements.txt', 'six\n');
    await bench.write('plugin/pyproject.toml', project);
    const read = await declared();
    expect(read.origin).toBe(origin);
    expect(read.dependencies).toEqual(
      dependencies ?? (origin === 'requirements' ? ['six'] : project.includes('attrs') ? ['attrs'] : []),
    );
  });

  test.each([
    ['has dependencies', '# /// script\n# dependencies = ["attrs"]\n# ///\n', 'script', ['attrs']],
    ['names only a Python', '# /// script\n# requires-python = ">=3.9"\n# ///\n', 'requirements', ['six']],
  ])('and a script header that %s', async (_, header, origin, dependencies) => {
    await bench.write('plugin/requirements.txt', 'six\n');
    await bench.write('plugin/plugin.py', `\ufeff${header}`);
    expect(await declared()).toMatchObject({ origin, dependencies });
  });

  describe.each(['uv', 'venv'] as const)('with %s', (kind) => {
    const mostlyByUv = kind === 'uv' ? {} : onlyInLongRuns();
    const prepare = async () => await bench.prepare(environmentsOf({ variables: bench.variables })[kind], { kind });

    test('is installed from, and decides which environment it is', async () => {
      await bench.write('plugin/requirements.txt', '-r base.txt\n-c limits.txt\n');
      await bench.write('plugin/base.txt', 'six\n');
      await bench.write('plugin/limits.txt', 'six<1.17\n');
      const first = await prepare();
      expect(first.packages).toEqual({ six: '1.16.0' });
      await bench.write('plugin/base.txt', 'six # the same\n');
      expect((await prepare()).identity).toBe(first.identity);
      await bench.write('plugin/limits.txt', 'six<1.16\n');
      const second = await prepare();
      expect(second.packages).toEqual({ six: '1.15.0' });
      expect(second.identity).not.toBe(first.identity);
    });

    test('holds packages to their hashes', mostlyByUv, async () => {
      await bench.write(
        'plugin/requirements.txt',
        `six==1.16.0 \\\n    --hash=${OTHER_HASH} \\\n    --hash=${HASH_OF_SIX}\n`,
      );
      const right = await prepare();
      expect(right.packages).toEqual({ six: '1.16.0' });
      await bench.write('plugin/requirements.txt', `six==1.16.0 --hash=${OTHER_HASH}\n`);
      const { details } = await bench.failure('HASH_CHECK_FAILED', prepare());
      expect(details.packageName).toBe('six');
      expect(await bench.leftovers()).toEqual([]);
    });

    test('takes a repository that does not tell its package’s name', mostlyByUv, async () => {
      const git = (...parameters: string[]): void => void execFileSync('git', parameters, { cwd: bench.root });
      await bench.write(
        'repository/pyproject.toml',
        '[project]\nname = "unheard-of"\nversion = "1.5"\n[tool.setuptools]\npy-modules = ["unheard_of"]\n',
      );
      await bench.write('repository/unheard_of.py', '');
      git('init', '--quiet', 'repository');
      git('-C', 'repository', 'add', '.');
      git('-C', 'repository', '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '--quiet', '-m', 'one');
      await bench.write(
        'plugin/requirements.txt',
        `six==1.16.0\ngit+${pathToFileURL(join(bench.root, 'repository')).href}\n`,
      );
      expect((await prepare()).packages).toEqual({ six: '1.16.0', 'unheard-of': '1.5' });
    });

    test('asks for a hash of each package where one has it', async () => {
      await bench.write('plugin/requirements.txt', `six==1.16.0 --hash=${HASH_OF_SIX}\niniconfig==2.0.0\n`);
      const { details } = await bench.failure('HASH_CHECK_FAILED', prepare());
      expect(details.packageName).toBe('iniconfig');
    });
  });
});

describe('files that are not read', () => {
  const unread = async (): Promise<readonly string[]> =>
    (await unreadRequirements(bench.spec(), await declared()))?.places ?? [];

  test.each([
    ['Pipfile', '[packages]\nsix = "*"\n', 'Pipfile'],
    ['pyproject.toml', '[tool.poetry.dependencies]\npython = "^3.10"\nsix = "^1"\n', '[tool.poetry] of pyproject.toml'],
    [
      'pyproject.toml',
      '[project]\nname = "p"\nversion = "1"\n[tool.poetry.dependencies]\nsix = "^1"\n',
      '[tool.poetry] of pyproject.toml',
    ],
    ['setup.cfg', '[options]\ninstall_requires =\n    six\n', 'setup.cfg'],
    ['setup.py', 'from setuptools import setup\nsetup(install_requires=["six"])\n', 'setup.py'],
    ['environment.yml', 'dependencies:\n  - six\n', 'environment.yml'],
    ['manifest.json', '{"requirements": ["six==1"]}', 'manifest.json'],
    ['requirements.in', 'six\n', 'requirements.in'],
  ])('%s with packages is named', async (name, text, place) => {
    await bench.write(`plugin/${name}`, text);
    expect(await unread()).toEqual([place]);
    const { unread: told } = await pluginRequirements(bench.spec());
    expect(told?.problem).toContain(
      `requirements are in ${place}, which Bulkhead doesn't read; put them into requirements.txt`,
    );
  });

  test('groups of pyproject.toml are named, unless the registry names some', async () => {
    await bench.write('plugin/pyproject.toml', '[dependency-groups]\nmain = ["six"]\n');
    const { unread: told } = await pluginRequirements(bench.spec());
    expect(told?.problem).toContain('name those that it needs in `groups` of its registry entry');
    expect(await pluginRequirements(bench.spec({ groups: ['main'] }))).toMatchObject({
      dependencies: [{ text: 'six' }],
      unread: undefined,
    });
  });

  test('a build system reads its own', async () => {
    await bench.write('plugin/setup.py', 'from setuptools import setup\nsetup(install_requires=["six"])\n');
    const { unread: told } = await pluginRequirements(bench.spec());
    expect(told?.problem).toContain('or name the [build-system] of the project in pyproject.toml');
    await bench.write('plugin/pyproject.toml', '[build-system]\nrequires = ["setuptools"]\n');
    expect(await unread()).toEqual([]);
  });

  test.each([
    ['Pipfile', '[dev-packages]\npytest = "*"\n'],
    ['pyproject.toml', '[tool.poetry.dependencies]\npython = "^3.10"\n'],
    ['pyproject.toml', '[dependency-groups]\ndev = ["pytest"]\n'],
    ['setup.py', 'from setuptools import setup\nsetup(name="p")\n'],
    ['requirements-dev.txt', 'pytest\n'],
  ])('%s without packages for the plugin is not', async (name, text) => {
    await bench.write(`plugin/${name}`, text);
    expect(await unread()).toEqual([]);
  });

  test('is requirements.txt beside a project that declares to need nothing', async () => {
    await bench.write('plugin/requirements.txt', 'six\n');
    await bench.write('plugin/pyproject.toml', '[project]\nname = "p"\ndependencies = []\n');
    expect(await unread()).toEqual(['requirements.txt']);
  });

  test('don’t matter once something else is asked for', async () => {
    await bench.write('plugin/Pipfile', '[packages]\nsix = "*"\n');
    const spec = bench.spec({ dependencies: ['six'] });
    expect(await unreadRequirements(spec, await readDeclaredProject(spec))).toBeUndefined();
    await mkdir(join(bench.plugin, 'requirements'));
    await bench.write('plugin/requirements.txt', 'six\n');
    expect(await unread()).toEqual([]);
  });
});

describe('a mistake in what a plugin asks for', () => {
  test('has its place in pyproject.toml', async () => {
    await bench.write('plugin/pyproject.toml', '[project]\nname = "p"\ndependencies = [\n  "six",\n  "attrs=20",\n]\n');
    const error = await bench.failure(
      'REQUIREMENT_INVALID',
      bench.prepare(environmentsOf({ variables: bench.variables }).uv),
    );
    expect(error.details.place).toBe(`${join(bench.plugin, 'pyproject.toml')}:5:9`);
    expect(error.message).toContain('write "==20"');
  });

  test('has its place in a script header', async () => {
    await bench.write(
      'plugin/plugin.py',
      '#!/usr/bin/env python3\n# /// script\n# dependencies = ["plugin_sdk"]\n# ///\n',
    );
    const error = await bench.failure(
      'REQUIREMENT_INVALID',
      bench.prepare(environmentsOf({ variables: bench.variables }).uv),
    );
    expect(error.details.place).toBe(`${join(bench.plugin, 'plugin.py')}:3:20`);
  });

  test.each([
    ['# /// script\n# requires-python = "^3.10"\n# ///\n', 2, 'write ">=3.10,<4"'],
    ['import os\n\n# /// script\n# dependencies == []\n# ///\n', 4, ''],
  ])('of a script header is a mistake with its line in the file', async (header, line, told) => {
    await bench.write('plugin/plugin.py', header);
    const { details } = await bench.failure('MANIFEST_INVALID', declared());
    expect(details.mistakes).toMatchObject([{ file: join(bench.plugin, 'plugin.py'), line }]);
    expect(details.mistakes[0]?.message).toContain(told);
  });
});
