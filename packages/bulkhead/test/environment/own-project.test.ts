import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { onlyInLongRuns } from '../not-run.ts';
import { environmentPython } from '../../src/environment/build/environment-record.ts';
import { type Environments, environmentsOf } from '../../src/environment/environments.ts';
import type { BuiltEnvironment } from '../../src/environment/ready-environment.ts';
import { Workbench } from './workbench.ts';

const BUILT = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n';
const project = (name: string, more = ''): string =>
  `[project]\nname = "${name}"\nversion = "1.5"\nrequires-python = ">=3.9"\n${more}`;

let bench: Workbench;
let environments: Environments;
beforeEach(async () => {
  bench = await Workbench.open();
  environments = environmentsOf({ variables: bench.variables });
});
afterEach(async () => {
  await bench.close();
});

async function evaluate({ runtime }: BuiltEnvironment, code: string): Promise<string> {
  const { stdout } = await promisify(execFile)(environmentPython(runtime.prefix), ['-I', '-c', code]);
  return stdout.trim();
}

describe('the member of a workspace', () => {
  beforeEach(async () => {
    await bench.write(
      'shop/pyproject.toml',
      '[tool.uv.workspace]\nmembers = ["plugins/*", "libs/*"]\n[tool.uv]\nconstraint-dependencies = ["six<1.16"]\n',
    );
    await bench.write('shop/libs/taxes/pyproject.toml', project('taxes', `dependencies = ["six"]\n${BUILT}`));
    await bench.write('shop/libs/taxes/taxes.py', 'RATE = 1\n');
    const sources = '[tool.uv.sources]\ntaxes = { workspace = true }\n';
    await bench.write('shop/plugins/prices/pyproject.toml', project('prices', `dependencies = ["taxes"]\n${sources}`));
  });
  const member = (): { folder: string } => ({ folder: join(bench.root, 'shop/plugins/prices') });

  test('gets the other members, under the settings of the workspace, and nothing is written into it', async () => {
    const environment = await bench.prepare(environments.uv, { ...member(), dependencies: ['attrs==22.2.0'] });
    expect(environment.packages).toEqual({ attrs: '22.2.0', six: '1.15.0', taxes: '1.5' });
    await bench.write('shop/libs/taxes/taxes.py', 'RATE = 2\n');
    expect(await evaluate(environment, 'import taxes; print(taxes.RATE)')).toBe('2');
    expect((await readdir(join(bench.root, 'shop'))).toSorted()).toEqual(['libs', 'plugins', 'pyproject.toml']);
  });

  test('keeps to the lock file of the workspace, also when the registry adds a dependency', async () => {
    const lock = ['lock', '--upgrade-package', 'six==1.14.0', '--project', join(bench.root, 'shop')];
    await promisify(execFile)(bench.variables['BULKHEAD_UV'] ?? '', lock);
    expect(await bench.prepare(environments.uv, member())).toMatchObject({ packages: { six: '1.14.0' } });
    expect(await bench.prepare(environments.uv, { ...member(), dependencies: ['attrs'] })).toMatchObject({
      packages: { six: '1.14.0', attrs: expect.any(String) as string },
    });
    await bench.write('shop/pyproject.toml', '[tool.uv.workspace]\nmembers = ["plugins/*", "libs/*"]\n');
    await bench.failure('LOCK_STALE', bench.prepare(environments.uv, member()));
  });

  test('gets another environment when the settings of the workspace change', async () => {
    await bench.prepare(environments.uv, member());
    await bench.write(
      'shop/pyproject.toml',
      '[tool.uv.workspace]\nmembers = ["plugins/*", "libs/*"]\n[tool.uv]\nconstraint-dependencies = ["six<1.15"]\n',
    );
    expect(await bench.prepare(environments.uv, member())).toMatchObject({ packages: { six: '1.14.0' } });
  });

  test('may be its root', async () => {
    await bench.write(
      'root/pyproject.toml',
      project(
        'root',
        'dependencies = ["taxes"]\n[tool.uv.workspace]\nmembers = ["libs/*"]\n[tool.uv.sources]\ntaxes = { workspace = true }\n',
      ),
    );
    await bench.write('root/libs/taxes/pyproject.toml', project('taxes', BUILT));
    await bench.write('root/libs/taxes/taxes.py', '');
    expect(await bench.prepare(environments.uv, { folder: join(bench.root, 'root') })).toMatchObject({
      packages: { taxes: '1.5' },
    });
  });
});

describe('extras and groups', () => {
  const DECLARED = project(
    'sample',
    `dependencies = ["six"]
[project.optional-dependencies]
fast = ["attrs==22.1.0"]
all = ["sample[fast]", "iniconfig==1.1.1"]
old = ["beside"]
new = ["beside"]
[dependency-groups]
more = ["pluggy==1.0.0"]
most = [{ include-group = "more" }, "tomli==2.0.1"]
[tool.uv]
conflicts = [[{ extra = "old" }, { extra = "new" }]]
[tool.uv.sources]
beside = [{ path = "../old", extra = "old" }, { path = "../new", extra = "new" }]
`,
  );

  test.each(['uv', 'venv'] as const)('are what the registry asks for, by %s', async (kind) => {
    await bench.write('plugin/pyproject.toml', DECLARED);
    const names = async (extras: string[], groups: string[]): Promise<string[]> =>
      Object.keys((await bench.prepare(environments[kind], { kind, extras, groups })).packages);
    expect(await names([], [])).toEqual(['six']);
    expect(await names(['all'], [])).toEqual(['attrs', 'iniconfig', 'six']);
    expect(await names(['Fast'], ['most'])).toEqual(['attrs', 'pluggy', 'six', 'tomli']);
  });

  test('come from the sources that uv keeps for them', async () => {
    await bench.write('plugin/pyproject.toml', DECLARED);
    for (const name of ['old', 'new']) {
      await bench.write(
        `${name}/pyproject.toml`,
        project('beside', BUILT).replace('1.5', name === 'old' ? '1.0' : '2.0'),
      );
      await bench.write(`${name}/beside.py`, '');
    }
    const version = async (extra: string): Promise<string | undefined> =>
      (await bench.prepare(environments.uv, { extras: [extra], dependencies: ['attrs'] })).packages['beside'];
    expect([await version('old'), await version('new')]).toEqual(['1.0', '2.0']);
  });

  test('come from the lock file', async () => {
    await bench.write(
      'plugin/pyproject.toml',
      project(
        'sample',
        'dependencies = []\noptional-dependencies = { fast = ["six"] }\n[dependency-groups]\ndev = ["six"]\n',
      ),
    );
    await promisify(execFile)(bench.variables['BULKHEAD_UV'] ?? '', [
      'lock',
      '--upgrade-package',
      'six==1.15.0',
      '--project',
      bench.plugin,
    ]);
    expect((await bench.prepare(environments.uv)).packages).toEqual({});
    for (const asked of [{ extras: ['fast'] }, { groups: ['dev'] }])
      expect((await bench.prepare(environments.uv, asked)).packages).toEqual({ six: '1.15.0' });
  });

  test('that are not there are named, with the nearest', async () => {
    await bench.write('plugin/pyproject.toml', DECLARED);
    const error = await bench.failure('EXTRA_UNKNOWN', bench.prepare(environments.uv, { extras: ['fas'] }));
    expect(error.details).toMatchObject({ kind: 'extra', name: 'fas', nearest: 'fast' });
    await bench.failure('EXTRA_UNKNOWN', bench.prepare(environments.venv, { kind: 'venv', groups: ['dev'] }));
    await bench.write('script/plugin.py', '');
    const script = { folder: join(bench.root, 'script'), extras: ['fast'] };
    await bench.failure('EXTRA_UNKNOWN', bench.prepare(environments.uv, script));
  });
});

describe.each(['uv', 'venv'] as const)('a project with a build system, by %s', (kind) => {
  const mostlyByUv = kind === 'uv' ? {} : onlyInLongRuns();

  test(
    'is installed as it lies there: metadata, modules, entry points, its dynamic dependencies',
    mostlyByUv,
    async () => {
      const more = `dynamic = ["dependencies"]\n[project.entry-points."some.group"]\nfirst = "inside.module:function"\n${BUILT}[tool.setuptools.dynamic]\ndependencies = { file = ["needs.in"] }\n`;
      await bench.write('plugin/pyproject.toml', project('own-one', more));
      await bench.write('plugin/needs.in', 'six\n');
      await bench.write('plugin/src/inside/__init__.py', '');
      await bench.write('plugin/src/inside/module.py', 'def function(): return "first"\n');
      await bench.write('plugin/src/inside/text.txt', 'resource');
      const environment = await bench.prepare(environments[kind], { kind });
      expect(Object.keys(environment.packages)).toEqual(['own-one', 'six']);
      const code = `
from importlib import metadata, resources
[entry] = metadata.entry_points(group="some.group")
print(metadata.version("own-one"), entry.load()(), resources.files("inside").joinpath("text.txt").read_text())`;
      expect(await evaluate(environment, code)).toBe('1.5 first resource');
      await bench.write('plugin/src/inside/module.py', 'def function(): return "changed"\n');
      expect(await bench.prepare(environments[kind], { kind })).toMatchObject({ built: false });
      expect(await evaluate(environment, code)).toContain('changed');
    },
  );

  test('is tried with what only its build backend asks for', mostlyByUv, async () => {
    await bench.write(
      'wheel/pyproject.toml',
      project('bad-one', `${BUILT}[tool.setuptools]\npy-modules = ["bad_one"]\n`),
    );
    await bench.write('wheel/bad_one.py', 'raise OSError("not on this machine")\n');
    await bench.write('plugin/pyproject.toml', project('own-one', `dynamic = ["dependencies"]\n${BUILT}`));
    await bench.write(
      'plugin/setup.py',
      `from setuptools import setup\nsetup(py_modules=[], install_requires=["bad-one @ file://${bench.root}/wheel"])\n`,
    );
    const error = await bench.failure('TRIAL_IMPORT_FAILED', bench.prepare(environments[kind], { kind }));
    expect(error.details).toMatchObject({ module: 'bad_one' });
  });

  test('shares its environment with no other, and gets extras and additions', mostlyByUv, async () => {
    for (const name of ['one', 'two']) {
      const more = `dependencies = ["six"]\noptional-dependencies = { more = ["attrs"] }\n${BUILT}[tool.setuptools]\npy-modules = []\n`;
      await bench.write(`${name}/pyproject.toml`, project('same', more));
    }
    const prepare = async (name: string): Promise<BuiltEnvironment> =>
      await bench.prepare(environments[kind], {
        kind,
        folder: join(bench.root, name),
        extras: ['more'],
        dependencies: ['iniconfig'],
      });
    const [one, two] = [await prepare('one'), await prepare('two')];
    expect(one.identity).not.toBe(two.identity);
    expect(Object.keys(one.packages)).toEqual(['attrs', 'iniconfig', 'same', 'six']);
  });

  test("that can not be built is told to be the author's matter", async () => {
    await bench.write(
      'plugin/pyproject.toml',
      project('broken', '[build-system]\nrequires = []\nbuild-backend = "nobody"\nbackend-path = ["."]\n'),
    );
    await bench.write(
      'plugin/nobody.py',
      'def build_editable(*args, **more): raise RuntimeError("not today")\nbuild_wheel = build_editable\n',
    );
    const error = await bench.failure('PLUGIN_BUILD_FAILED', bench.prepare(environments[kind], { kind }));
    expect(error.message).toContain('not today');
    expect(error.blame).toBe('plugin');
  });

  test('is a script if uv is told so', async () => {
    await bench.write(
      'plugin/pyproject.toml',
      project(
        'script',
        `dependencies = ["six"]\n[build-system]\nrequires = []\nbuild-backend = "nobody"\n[tool.uv]\npackage = false\n`,
      ),
    );
    expect(Object.keys((await bench.prepare(environments[kind], { kind })).packages)).toEqual(['six']);
  });
});

describe('a project that only a build backend can read', () => {
  test.each(['uv', 'venv'] as const)('is asked by %s', async (kind) => {
    await bench.write('plugin/pyproject.toml', BUILT);
    await bench.write(
      'plugin/setup.cfg',
      '[metadata]\nname = by-hand\nversion = 3\n[options]\ninstall_requires = six\npy_modules = by_hand\n',
    );
    await bench.write('plugin/by_hand.py', '');
    expect(Object.keys((await bench.prepare(environments[kind], { kind })).packages)).toEqual(['by-hand', 'six']);
  });
});

describe('what uv says of a project', () => {
  test('is told as of the plugin', async () => {
    await bench.write('plugin/pyproject.toml', project('my-own.name', 'dependencies = ["six<1"]\n'));
    const { details } = await bench.failure(
      'DEPENDENCIES_CONFLICT',
      bench.prepare(environments.uv, { dependencies: ['six>1'] }),
    );
    expect(details.reason).toMatch(
      /^Because the plugin depends on six.1 and six.1, we can conclude that the plugin's requirements are unsatisfiable$/,
    );
    await bench.write('plugin/pyproject.toml', project('my-own.name', 'dependencies = ["bulkhead-no-such-package"]\n'));
    const missing = await bench.failure('PACKAGE_NOT_FOUND', bench.prepare(environments.uv));
    expect(missing.details.packageName).toBe('bulkhead-no-such-package');
  });

  test.each(['', 'name = "not a name"\nversion = "1"\n', 'name = "sample"\n', 'name = "six"\nversion = "1"\n'])(
    'that it would refuse is not asked: %j',
    async (head) => {
      await bench.write('plugin/pyproject.toml', `[project]\n${head}dependencies = ["six"]\n`);
      expect(Object.keys((await bench.prepare(environments.uv)).packages)).toEqual(['six']);
    },
  );

  test('may not lead its packages elsewhere', async () => {
    await bench.write(
      'plugin/pyproject.toml',
      project('sample', 'dependencies = ["six"]\n[tool.uv.pip]\ntarget = "elsewhere"\n'),
    );
    const error = await bench.failure('ENVIRONMENT_BUILD_FAILED', bench.prepare(environments.uv));
    expect(error.message).toContain('[tool.uv.pip] sets `target`');
  });

  test('gets the day of the registry in place of days of its own', async () => {
    await bench.write(
      'plugin/pyproject.toml',
      project(
        'sample',
        'dependencies = ["six"]\n[tool.uv]\nexclude-newer-package = { six = "2022-01-01T00:00:00Z" }\n',
      ),
    );
    expect((await bench.prepare(environments.uv)).packages).toEqual({ six: '1.16.0' });
    expect((await bench.prepare(environments.uv, { asOf: '2020-05-21' })).packages).toEqual({ six: '1.15.0' });
  });
});
