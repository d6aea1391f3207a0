import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { onlyInLongRuns } from '../not-run.ts';
import { type Environments, environmentsOf } from '../../src/environment/environments.ts';
import type { BuiltEnvironment } from '../../src/environment/ready-environment.ts';
import { environmentPython } from '../../src/environment/build/environment-record.ts';
import { SlowPackage } from './slow-package.ts';
import { type SpecChanges, Workbench } from './workbench.ts';

/** By the backend that starts quickest: each build starts it several times. */
const LIBRARY = `
[project]
name = "beside"
version = "1.0"
description = "Lies beside a plugin."
[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"
`;

describe.each(['uv', 'venv'] as const)('what is installed from this disk, by %s', (kind) => {
  /** Both builders share the code that these are about; pip takes several times as long. */
  const mostlyByUv = kind === 'uv' ? {} : onlyInLongRuns();
  let bench: Workbench;
  let environments: Environments;
  let spec: SpecChanges;

  beforeEach(async () => {
    bench = await Workbench.open();
    environments = environmentsOf({ variables: bench.variables });
    await bench.write('beside/pyproject.toml', LIBRARY);
    await bench.write('beside/src/beside/__init__.py', 'VALUE = 1\n');
    spec = { kind, dependencies: [`beside @ ${pathToFileURL(join(bench.root, 'beside')).href}`] };
  });
  afterEach(async () => {
    await bench.close();
  });

  const prepare = async (): Promise<BuiltEnvironment> => await bench.prepare(environments[kind], spec);

  test(
    'is built again when a file of it changes, comes or goes, and found again when all is as it was',
    mostlyByUv,
    async () => {
      const first = await prepare();
      expect(await evaluate(first, 'beside.VALUE')).toBe('1');
      expect(first.localSources).toEqual([join(bench.root, 'beside')]);
      await bench.write('beside/src/beside/__init__.py', 'VALUE = 2\n');
      expect(await environments[kind].find(bench.spec(spec), new AbortController().signal)).toBeUndefined();
      const second = await prepare();
      expect(await evaluate(second, 'beside.VALUE')).toBe('2');
      expect(second.identity).not.toBe(first.identity);
      await bench.write('beside/src/beside/more.py', 'VALUE = 3\n');
      expect(await evaluate(await prepare(), '__import__("beside.more").more.VALUE')).toBe('3');
      await rm(join(bench.root, 'beside/src/beside/more.py'));
      expect(await prepare()).toMatchObject({ built: false, identity: second.identity, runtime: second.runtime });
      await bench.write('beside/src/beside/__init__.py', 'VALUE = 1\n');
      expect(await prepare()).toMatchObject({ built: false, identity: first.identity, runtime: first.runtime });
    },
  );

  test('is not built again for what git ignores and tools make', mostlyByUv, async () => {
    await bench.write('beside/.gitignore', '*.log\n/data/\n');
    await prepare();
    await bench.write('beside/run.log', 'line');
    await bench.write('beside/data/table.csv', '1');
    await bench.write('beside/src/beside/__pycache__/x.pyc', '1');
    expect(await prepare()).toMatchObject({ built: false });
  });

  test('is built again also where another plugin had it built before', mostlyByUv, async () => {
    await prepare();
    await bench.write('beside/src/beside/__init__.py', 'VALUE = 2\n');
    const other = { ...spec, folder: join(bench.root, 'other'), dependencies: [...(spec.dependencies ?? []), 'six'] };
    await bench.write('other/plugin.py', '');
    expect(await evaluate(await bench.prepare(environments[kind], other), 'beside.VALUE')).toBe('2');
  });

  test('is built again when it changes while it is being built', async () => {
    const slow = await SlowPackage.in(bench);
    spec = { kind, dependencies: [slow.requirement] };
    const building = prepare();
    await slow.begun();
    await bench.write('slowpackage/added.txt', 'text');
    await slow.letGo();
    await building;
    expect(await prepare()).toMatchObject({ built: true });
    expect(await prepare()).toMatchObject({ built: false });
  });

  test('is found where the plugin names it by the variable for its own folder', mostlyByUv, async () => {
    await bench.write('plugin/pyproject.toml', project('beside @ file:///${PROJECT_ROOT}/../beside'));
    spec = { kind };
    expect(await evaluate(await prepare(), 'beside.VALUE')).toBe('1');
  });

  test('is found where the registry names it by a path relative to itself', mostlyByUv, async () => {
    spec = { kind, dependencies: ['beside @ file:beside'] };
    expect(await evaluate(await prepare(), 'beside.VALUE')).toBe('1');
    spec = { kind, dependencies: ['beside @ ./beside ; python_version > "3"'] };
    expect(await prepare()).toMatchObject({ localSources: [join(bench.root, 'beside')] });
  });
});

describe('a source of uv on this disk', () => {
  let bench: Workbench;
  let environments: Environments;
  beforeEach(async () => {
    bench = await Workbench.open();
    environments = environmentsOf({ variables: bench.variables });
    await bench.write('beside/pyproject.toml', LIBRARY);
    await bench.write('beside/src/beside/__init__.py', 'VALUE = 1\n');
  });
  afterEach(async () => {
    await bench.close();
  });

  test('that is editable shows each change at once; its metadata make it be installed again', async () => {
    await bench.write('plugin/pyproject.toml', project('beside', 'beside = { path = "../beside", editable = true }'));
    const first = await bench.prepare(environments.uv);
    await bench.write('beside/src/beside/__init__.py', 'VALUE = 2\n');
    const second = await bench.prepare(environments.uv);
    expect(second).toMatchObject({ built: false, runtime: first.runtime });
    expect(await evaluate(second, 'beside.VALUE')).toBe('2');
    await bench.write('beside/pyproject.toml', LIBRARY.replace('1.0"', '2.0"\ndependencies = ["six"]'));
    expect(await bench.prepare(environments.uv)).toMatchObject({
      built: true,
      packages: { beside: '2.0', six: expect.any(String) as string },
    });
  });

  test('that only another source names is built again, too', async () => {
    const between = LIBRARY.replaceAll('beside', 'between').replace('1.0"', '1.0"\ndependencies = ["beside"]');
    await bench.write('between/pyproject.toml', `${between}[tool.uv.sources]\nbeside = { path = "../beside" }\n`);
    await bench.write('between/between.py', 'import beside\n');
    await bench.write('plugin/pyproject.toml', project('between', 'between = { path = "../between" }'));
    await bench.prepare(environments.uv);
    await bench.write('beside/src/beside/__init__.py', 'VALUE = 2\n');
    const second = await bench.prepare(environments.uv);
    expect(await evaluate(second, 'between.beside.VALUE', 'between')).toBe('2');
    // also where nothing tells ahead of the build that there is such a library, and uv has an older one in its cache
    await bench.write('beside/src/beside/__init__.py', 'VALUE = 3\n');
    await bench.write('other/pyproject.toml', project('between', 'between = { path = "../between" }'));
    const third = await bench.prepare(environments.uv, { folder: join(bench.root, 'other') });
    expect(await evaluate(third, 'between.beside.VALUE', 'between')).toBe('3');
  });

  test('is built again also where a lock file names it', async () => {
    await bench.write('plugin/pyproject.toml', project('beside', 'beside = { path = "../beside" }'));
    await promisify(execFile)(bench.variables['BULKHEAD_UV'] ?? '', ['lock', '--project', bench.plugin]);
    await bench.prepare(environments.uv);
    await bench.write('beside/src/beside/__init__.py', 'VALUE = 2\n');
    expect(await evaluate(await bench.prepare(environments.uv), 'beside.VALUE')).toBe('2');
    const added = await bench.prepare(environments.uv, { dependencies: ['six'] });
    await bench.write('beside/src/beside/__init__.py', 'VALUE = 3\n');
    expect(await evaluate(await bench.prepare(environments.uv, { dependencies: ['six'] }), 'beside.VALUE')).toBe('3');
    expect(Object.keys(added.packages)).toEqual(['beside', 'six']);
  });
});

function project(dependency: string, source = ''): string {
  const sources = source === '' ? '' : `[tool.uv.sources]\n${source}\n`;
  return `[project]\nname = "sample"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["${dependency}"]\n${sources}`;
}

async function evaluate({ runtime }: BuiltEnvironment, expression: string, module = 'beside'): Promise<string> {
  const code = `import ${module}; print(${expression})`;
  const { stdout } = await promisify(execFile)(environmentPython(runtime.prefix), ['-I', '-c', code]);
  return stdout.trim();
}
