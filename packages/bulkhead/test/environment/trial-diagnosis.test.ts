import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { trialError } from '../../src/environment/trial/trial-diagnosis.ts';
import { installedPackages } from '../../src/environment/trial/installed-packages.ts';
import type { BulkheadError } from '../../src/errors/bulkhead-error.ts';

let sitePackages: string;

beforeEach(async () => {
  sitePackages = await mkdtemp(join(tmpdir(), 'bulkhead-trial-'));
  for (const [name, version] of [
    ['numpy', '2.1.0'],
    ['scipy_tools', '1.2'],
    ['torch', '2.0'],
  ] as const) {
    const metadata = join(sitePackages, `${name}-${version}.dist-info`);
    await mkdir(metadata);
    await writeFile(join(metadata, 'RECORD'), `${name}/core.py,sha256=x,1\n"${name}/a,b.py",sha256=x,1\n`);
  }
});

afterEach(async () => {
  await rm(sitePackages, { recursive: true });
});

/** The error for an import of scipy_tools that failed for this reason, in this file. */
async function failed(
  reason: string,
  more: { file?: string; released?: Record<string, string>; output?: string } = {},
): Promise<BulkheadError<'TRIAL_IMPORT_FAILED'>['details']> {
  const { file = 'scipy_tools/core.py', released = {}, output = reason } = more;
  const failure = {
    module: 'scipy_tools',
    distribution: 'scipy-tools',
    reason,
    output,
    files: ['/usr/lib/python3/importlib.py', join(sitePackages, file)],
  };
  const error = await trialError(failure as never, {
    plugin: 'p',
    sitePackages,
    packages: await installedPackages(sitePackages),
    pinned: [],
    released: new Map(Object.entries(released)) as never,
    hide: (text) => text.replaceAll('hunter2', '${env:PASSWORD}'),
  });
  return error.details;
}

const suspects = (details: { readonly packages: readonly { readonly name: string }[] }): string[] =>
  details.packages.map(({ name }) => name);

test('a reason that says nothing of another package suspects the one whose file raised, and cures nothing', async () => {
  const details = await failed('ValueError: no such table.');
  expect(suspects(details)).toEqual(['scipy-tools']);
  expect(details).toMatchObject({ module: 'scipy_tools', reason: 'ValueError: no such table', cures: [], fixes: [] });
});

test.each([
  ['numpy/core.py', ['numpy']],
  ['torch/a,b.py', ['torch']],
  ['absent/core.py', ['scipy-tools']],
])('the package of %s is %j', async (file, expected) => {
  expect(suspects(await failed('ValueError: no', { file }))).toEqual(expected);
});

test('a binary interface of NumPy that has changed is cured by the one before, or by a day', async () => {
  const reason = 'ValueError: numpy.dtype size changed, may indicate binary incompatibility';
  expect(await failed(reason)).toMatchObject({
    packages: [{ name: 'scipy-tools' }, { name: 'numpy' }],
    cures: ['add "numpy<2" to the plugin\'s `dependencies`'],
  });
  const released = { 'scipy-tools': '2023-01-10T00:00:00Z', numpy: '2025-01-01T00:00:00Z' };
  expect(await failed(reason, { released })).toMatchObject({
    fixes: [
      { field: 'as_of', value: '2023-03-01' },
      { field: 'dependencies', add: ['numpy<2'] },
    ],
  });
});

test('a symbol that is missing suspects what such extensions are linked to', async () => {
  expect(suspects(await failed('ImportError: x.so: undefined symbol: _ZN3'))).toEqual(['scipy-tools', 'torch']);
});

test.each([
  ["ImportError: cannot import name 'a' from 'torch.nn' (/x)", ['scipy-tools', 'torch'], ['torch<2']],
  ["AttributeError: module 'torch' has no attribute 'a'", ['scipy-tools', 'torch'], ['torch<2']],
  ["ImportError: cannot import name 'a' from 'scipy_tools.x' (/x)", ['scipy-tools'], []],
  ["ImportError: cannot import name 'a' from 'absent.x' (/x)", ['scipy-tools'], []],
])('%s', async (reason, expected, add) => {
  const details = await failed(reason);
  expect(suspects(details)).toEqual(expected);
  expect(details.fixes).toEqual(add.length === 0 ? [] : [{ field: 'dependencies', add }]);
});

test.each([
  ["ModuleNotFoundError: No module named 'pkg_resources'", 'add "setuptools<81" to the plugin\'s `dependencies`'],
  [
    "ModuleNotFoundError: No module named 'asyncore'",
    'set `python_version: "3.11"` for the plugin: Python 3.12 no longer has that module',
  ],
  [
    "ModuleNotFoundError: No module named 'yaml.nodes'",
    "add the package that provides yaml.nodes to the plugin's `dependencies`: scipy-tools uses it and doesn't ask for it",
  ],
  [
    'ImportError: libGL.so.1: cannot open shared object file: No such file',
    'install the system library libGL.so.1, which scipy-tools is linked to',
  ],
])('%s is cured: %s', async (reason, cure) => {
  expect((await failed(reason)).cures).toEqual([cure]);
});

test('a package can neither act on a terminal by its reason, nor fill a page with it, nor show a secret', async () => {
  const { reason } = await failed(`ValueError: \u001b[2J hunter2 ${'x'.repeat(100_000)}`);
  expect(reason).toMatch(/^ValueError: \\x1b\[2J \$\{env:PASSWORD\} x{1900,2000}… \(\d+ more characters\)$/);
});
