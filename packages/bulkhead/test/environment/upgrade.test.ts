import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { environmentsOf } from '../../src/environment/environments.ts';
import type { BuiltEnvironment, EnvironmentProvider, PythonRuntime } from '../../src/environment/ready-environment.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { observed } from '../test-home.ts';
import { release } from './wheel-folder.ts';
import { Workbench } from './workbench.ts';
import { onlyInLongRuns } from '../not-run.ts';

const PLUGIN = `
import toy
from plugin_sdk import PluginBase


class Toys(PluginBase):
    def execute(self, value):
        return toy.VERSION
`;

let bench: Workbench;
let wheels: string;

beforeEach(async () => {
  bench = await Workbench.open();
  wheels = join(bench.root, 'wheels');
  await release(wheels, 'toy', '1.0.0');
  // one folder of packages, and nothing else
  Object.assign(bench.variables, {
    UV_FIND_LINKS: wheels,
    UV_NO_INDEX: '1',
    PIP_FIND_LINKS: wheels,
    PIP_NO_INDEX: '1',
  });
});

afterEach(async () => {
  await bench.close();
});

async function upgraded(provider: EnvironmentProvider<PythonRuntime>, kind: 'uv' | 'venv'): Promise<BuiltEnvironment> {
  const spec = bench.spec({ kind, dependencies: ['toy>=1'] });
  return await provider.prepare(spec, new AbortController().signal, () => undefined, { upgrade: true });
}

describe.each(['uv', 'venv'] as const)('an upgrade with %s', (kind) => {
  const mostlyByUv = kind === 'uv' ? {} : onlyInLongRuns();
  const prepare = async (): Promise<BuiltEnvironment> =>
    await bench.prepare(environmentsOf({ variables: bench.variables })[kind], { kind, dependencies: ['toy>=1'] });
  const upgrade = async (): Promise<BuiltEnvironment> =>
    await upgraded(environmentsOf({ variables: bench.variables })[kind], kind);

  test('gives newer packages to those who come later, and leaves the others theirs', async () => {
    const first = await prepare();
    await release(wheels, 'toy', '1.1.0');
    expect(await prepare()).toMatchObject({ built: false, packages: { toy: '1.0.0' } });
    const second = await upgrade();
    expect(second).toMatchObject({ built: true, identity: first.identity, packages: { toy: '1.1.0' } });
    expect(second.runtime.prefix).not.toBe(first.runtime.prefix);
    expect(existsSync(join(first.runtime.sitePackages, 'toy.py'))).toBe(true);
    expect(await prepare()).toMatchObject({ built: false, runtime: second.runtime, resolved: second.resolved });
    expect(await readlink(join(bench.plugin, '.venv'))).toBe(second.runtime.prefix);
    expect(await bench.leftovers()).toEqual([]);
  });

  test('that finds nothing newer keeps the environment, and notes the day', mostlyByUv, async () => {
    const first = await prepare();
    const second = await upgrade();
    expect(second).toMatchObject({ built: false, runtime: first.runtime });
    expect(Date.parse(second.resolved as string)).toBeGreaterThan(Date.parse(first.resolved as string));
    expect((await prepare()).resolved).toBe(second.resolved);
    expect(await bench.leftovers()).toEqual([]);
  });

  test('to packages that can’t be imported leaves all as it was', mostlyByUv, async () => {
    const first = await prepare();
    await release(wheels, 'toy', '2.0.0', 'raise RuntimeError("not today")');
    await bench.failure('TRIAL_IMPORT_FAILED', upgrade());
    expect(await prepare()).toMatchObject({ built: false, runtime: first.runtime, resolved: first.resolved });
    expect(await bench.leftovers()).toEqual([]);
  });
});

test('an upgrade changes nothing where a lock file decides, and names it', async () => {
  await bench.write('plugin/pyproject.toml', '[project]\nname = "p"\nversion = "1"\ndependencies = ["toy"]\n');
  const uv = bench.variables['BULKHEAD_UV'] ?? '';
  execFileSync(uv, ['lock', '--project', bench.plugin, '--quiet'], { env: bench.variables });
  const { uv: provider } = environmentsOf({ variables: bench.variables });
  const first = await bench.prepare(provider);
  await release(wheels, 'toy', '1.1.0');
  const spec = bench.spec();
  const second = await provider.prepare(spec, new AbortController().signal, () => undefined, { upgrade: true });
  const lockedBy = join(bench.plugin, 'uv.lock');
  expect(second).toMatchObject({ built: false, runtime: first.runtime, lockedBy });
  expect(await readFile(lockedBy, 'utf8')).toContain('1.0.0');
});

test('a plugin that runs takes newer packages up when it is reloaded', async () => {
  await bench.write('plugin/plugin.py', PLUGIN);
  await bench.write('plugin/requirements.txt', 'toy\n');
  const registry = await bench.write(
    'plugins.yaml',
    'plugins:\n  - { id: toys, path: ./plugin, python_version: "3.11" }\n',
  );
  await using manager = await PluginManager.open(registry, {
    ...observed().options,
    home: bench.state.root,
    variables: bench.variables,
  });
  expect(await manager.executePlugin('toys')).toBe('1.0.0');
  await release(wheels, 'toy', '1.1.0');
  expect(await manager.preparePlugin('toys', undefined, { upgrade: true })).toMatchObject({
    packages: { toy: '1.1.0' },
  });
  expect(await manager.executePlugin('toys')).toBe('1.0.0');
  expect(await manager.reload('toys')).toMatchObject({ rebuilt: false });
  expect(await manager.executePlugin('toys')).toBe('1.1.0');
});
