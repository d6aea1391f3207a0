import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { storedEnvironments } from '../../src/environment/inspect-environments.ts';
import { environmentsOf } from '../../src/environment/environments.ts';
import type { EnvironmentProvider, PythonRuntime } from '../../src/environment/ready-environment.ts';
import { Workbench } from './workbench.ts';

const PROJECT = `
[project]
name = "sample"
version = "1.0"
requires-python = ">=3.9"
dependencies = ["six"]
`;
const DEVELOPMENT = `
[dependency-groups]
dev = ["bulkhead-no-such-package"]
`;

describe('environments by uv', () => {
  let bench: Workbench;
  let provider: EnvironmentProvider<PythonRuntime>;
  beforeEach(async () => {
    bench = await Workbench.open();
    provider = environmentsOf({ variables: bench.variables }).uv;
  });
  afterEach(async () => {
    await bench.close();
  });

  const lockAtOlderSix = async (): Promise<void> => {
    await bench.write('plugin/pyproject.toml', PROJECT);
    execFileSync(
      bench.variables['BULKHEAD_UV'] ?? '',
      ['lock', '--upgrade-package', 'six==1.16.0', '--project', bench.plugin],
      { stdio: 'ignore' },
    );
  };

  test('adds the dependencies of the registry to those of the plugin, and writes nothing beside them', async () => {
    await bench.write('plugin/pyproject.toml', `${PROJECT}${DEVELOPMENT}`);
    const { packages } = await bench.prepare(provider, { dependencies: ['attrs==22.2.0'] });
    expect(Object.keys(packages)).toEqual(['attrs', 'six']);
    expect((await readdir(bench.plugin)).toSorted()).toEqual(['.venv', 'pyproject.toml']);
  });

  test('installs what the plugin locked', async () => {
    await lockAtOlderSix();
    const lock = await readFile(join(bench.plugin, 'uv.lock'), 'utf8');
    expect(await bench.prepare(provider)).toMatchObject({ packages: { six: '1.16.0' } });
    expect(await readFile(join(bench.plugin, 'uv.lock'), 'utf8')).toBe(lock);
    expect((await readdir(bench.plugin)).toSorted()).toEqual(['.venv', 'pyproject.toml', 'uv.lock']);
  });

  test('keeps to the locked versions when the registry adds a dependency', async () => {
    await lockAtOlderSix();
    expect(await bench.prepare(provider, { dependencies: ['attrs'] })).toMatchObject({
      packages: { six: '1.16.0', attrs: expect.any(String) as string },
    });
  });

  test('refuses a stale lock', async () => {
    await lockAtOlderSix();
    await bench.write('plugin/pyproject.toml', PROJECT.replace('"six"', '"six", "attrs"'));
    const error = await bench.failure('LOCK_STALE', bench.prepare(provider));
    expect(error.blame).toBe('plugin');
  });

  test('resolves as of a day, over what the plugin and its lock say', async () => {
    await lockAtOlderSix();
    await bench.write('plugin/pyproject.toml', `${PROJECT}[tool.uv]\nexclude-newer = "2021-01-01T00:00:00Z"\n`);
    const { packages } = await bench.prepare(provider, { asOf: '2020-05-21' });
    // published on that very day
    expect(packages).toEqual({ six: '1.15.0' });
  });

  test('keeps to [tool.uv]: dates, constraints, and sources by relative path', async () => {
    await bench.write(
      'plugin/library/pyproject.toml',
      '[project]\nname = "beside"\nversion = "3.0"\n[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
    );
    await bench.write('plugin/library/beside.py', '');
    const settings =
      '[tool.uv]\nexclude-newer = "2023-01-01T00:00:00Z"\nconstraint-dependencies = ["six<1.16"]\n[tool.uv.sources]\nbeside = { path = "library" }\n';
    await bench.write('plugin/pyproject.toml', `${PROJECT.replace('"six"', '"six", "attrs", "beside"')}${settings}`);
    const { packages } = await bench.prepare(provider);
    expect(packages).toEqual({ attrs: '22.2.0', beside: '3.0', six: '1.15.0' });
  });

  test('reads the header of a script', async () => {
    await bench.write(
      'plugin/plugin.py',
      '# /// script\n# requires-python = ">=3.12"\n# dependencies = ["six"]\n#\n# [tool.uv]\n# exclude-newer = "2021-01-01T00:00:00Z"\n# ///\nimport six\n',
    );
    const environment = await bench.prepare(provider, { python: undefined });
    expect(environment.packages).toEqual({ six: '1.15.0' });
    expect(environment.runtime.python.version).toMatch(/^3\.1[2-9]/);
  });

  test('names the packages that do not fit each other, and the cure works', async () => {
    const dependencies = ['pandas==2.0.0', 'numpy>=1.24'];
    const error = await bench.failure('TRIAL_IMPORT_FAILED', bench.prepare(provider, { dependencies }));
    expect(error.details).toMatchObject({
      module: 'pandas',
      packages: [
        { name: 'pandas', version: '2.0.0', released: expect.stringMatching(/^2023-04-03/) as string },
        { name: 'numpy' },
      ],
    });
    expect(error.details.fixes).toEqual([
      { field: 'as_of', value: '2023-06-01' },
      { field: 'dependencies', add: ['numpy<2'] },
    ]);
    expect(error.message).toContain('numpy.dtype size changed');
    expect(error.message).toContain('pandas 2.0.0 of 2023-04-03 with numpy 2.');
    expect(await storedEnvironments(bench.state)).toEqual([]);
    expect(await bench.prepare(provider, { dependencies, asOf: '2023-06-01' })).toMatchObject({
      packages: { numpy: '1.24.3' },
    });
    const found = await bench.prepare(provider, { dependencies, asOf: '2023-06-01' });
    expect(found.built).toBe(false);
  });

  test('knows that setuptools took pkg_resources away', async () => {
    await bench.write(
      'plugin/old/pyproject.toml',
      '[project]\nname = "old-one"\nversion = "1.0"\n[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n[tool.setuptools]\npy-modules = ["old_one"]\n',
    );
    await bench.write('plugin/old/old_one.py', 'import pkg_resources\n');
    const requirement = `old-one @ file://${join(bench.plugin, 'old')}`;
    const error = await bench.failure('TRIAL_IMPORT_FAILED', bench.prepare(provider, { dependencies: [requirement] }));
    expect(error.details.fixes).toEqual([{ field: 'dependencies', add: ['setuptools<81'] }]);
  });

  test('fetches uv where there is none, checks it, and finds it again', async () => {
    delete bench.variables['BULKHEAD_UV'];
    expect(await bench.prepare(provider, { dependencies: ['six'] })).toMatchObject({ built: true });
    expect(bench.events[0]).toMatchObject({ step: 'uv' });
    const kept = await readdir(bench.state.tools);
    expect(kept).toHaveLength(1);
    expect(execFileSync(join(bench.state.tools, kept[0] ?? '', 'uv'), ['--version']).toString()).toMatch(/^uv \d/);
  });

  test('refuses a uv that is not the published one', async () => {
    const wheels = join(bench.root, 'wheels');
    const make = `import os, zipfile; os.mkdir(${JSON.stringify(wheels)}); wheel = zipfile.ZipFile(${JSON.stringify(join(wheels, 'uv-0.13.9-py3-none-any.whl'))}, "w"); wheel.writestr("uv-0.13.9.dist-info/METADATA", "Metadata-Version: 2.1\\nName: uv\\nVersion: 0.13.9\\n"); wheel.writestr("uv-0.13.9.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"); wheel.writestr("uv-0.13.9.dist-info/RECORD", ""); wheel.close()`;
    execFileSync('python3', ['-c', make]);
    delete bench.variables['BULKHEAD_UV'];
    Object.assign(bench.variables, { PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels });
    const error = await bench.failure('UV_UNAVAILABLE', bench.prepare(provider));
    expect(error.message).toContain('is not the published one');
    expect(await readdir(bench.state.tools)).toEqual([]);
  });

  test('tells that the state folder cannot be used', async () => {
    await rm(bench.state.root, { recursive: true });
    await bench.write('home', 'a file');
    await bench.failure('STATE_FOLDER_UNUSABLE', bench.prepare(provider));
  });

  test('shares nothing between what differs, and no credentials', async () => {
    const one = await bench.prepare(provider, { trialImport: false });
    const two = await bench.prepare(environmentsOf({ variables: bench.variables }).venv, {
      trialImport: false,
    });
    expect(two.identity).not.toBe(one.identity);
    const stored = await storedEnvironments(bench.state);
    expect(stored.map(({ record }) => record?.builder).toSorted()).toEqual([
      expect.stringMatching(/^uv 0/),
      expect.stringMatching(/^venv 3\.11/),
    ]);
    expect(stored.every(({ size }) => size > 0)).toBe(true);
  });
});
