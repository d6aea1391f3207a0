import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { release } from '../environment/wheel-folder.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf, Workshop, withSample } from './workshop.ts';

let workshop: Workshop;
beforeAll(async () => {
  workshop = await Workshop.open();
  await withSample(workshop);
});
afterAll(async () => {
  await workshop[Symbol.asyncDispose]();
});

interface Synced {
  readonly plugins: readonly {
    readonly id: string;
    readonly status: string;
    readonly fixed: unknown;
    readonly packages: Record<string, string> | null;
    readonly error: { readonly code: string } | null;
  }[];
}

/** It can be installed, and can't be imported: numpy has changed under it. */
const NEEDS_A_CURE = `# keep this
plugins:
  - id: table # and this
    path: ./sample
    python_version: "3.11"
    dependencies: ["pandas==2.0.0", "numpy>=1.24"]
`;

test('bulkhead sync builds an environment anew that somebody has changed, and names the file', async () => {
  const wheels = join(workshop.folder, 'changed-wheels');
  await release(wheels, 'toy', '1.0.0');
  const file = await workshop.write(
    'changed.yaml',
    'plugins:\n  - { id: toys, path: ./sample, python_version: "3.11", dependencies: [toy], permissions: strict }\n',
  );
  const sync = async (...options: string[]): Promise<{ stdout: string; stderr: string }> =>
    await workshop.run(['-r', file, 'sync', ...options], { variables: { UV_FIND_LINKS: wheels, UV_NO_INDEX: '1' } });
  await sync();
  await appendFile(join(workshop.folder, 'sample/.venv/lib/python3.11/site-packages/toy.py'), '# changed');
  const { stdout, stderr } = await sync();
  expect(stderr).toContain(
    'toys: The environment of plugin "toys" was changed after it was built, probably by something else that runs as the host\'s user: lib/python3.11/site-packages/toy.py has other content.\n',
  );
  expect(stdout).toMatch(/toys .* built /);
  expect((await sync()).stdout).toMatch(/toys .* found /);
});

describe('bulkhead sync --upgrade', () => {
  const wheels = (): string => join(workshop.folder, 'wheels');
  const registry = `plugins:
  - { id: toys, path: ./sample, python_version: "3.11", dependencies: [toy] }
  - { id: bare, path: ./sample, python_version: "3.11" }
`;

  test('says what it brings, and list tells the age', async () => {
    await release(wheels(), 'toy', '1.0.0');
    const file = await workshop.write('toys.yaml', registry);
    const variables = { UV_FIND_LINKS: wheels(), UV_NO_INDEX: '1' };
    const bulkhead = async (...parameters: string[]): Promise<string> =>
      (await workshop.run(['-r', file, ...parameters], { variables })).stdout;
    await bulkhead('sync');
    await release(wheels(), 'toy', '1.1.0');
    expect(await bulkhead('sync')).toMatch(/toys .* found/);
    const upgraded = await bulkhead('sync', '--upgrade');
    expect(upgraded).toMatch(/toys .* upgraded .*\nbare .* unchanged /);
    expect(upgraded).toContain(
      '\ntoys: toy 1.0.0 -> 1.1.0\nA host that runs takes them up when it reloads the plugins.\n',
    );
    expect(JSON.parse(await bulkhead('sync', '--upgrade', 'toys', '--json'))).toMatchObject({
      plugins: [{ id: 'toys', status: 'unchanged', changes: [], packages: { toy: '1.1.0' } }],
    });
    expect(await bulkhead('list')).toMatch(/AGE .*\ntoys .* 0 min +ready\n/);
  });

  test('leaves a lock file to its author', async () => {
    await workshop.write('locked/plugin.py', '');
    await workshop.write('locked/pyproject.toml', '[project]\nname = "locked"\nversion = "1"\n');
    await execa(workshop.uv, ['lock', '--project', join(workshop.folder, 'locked')]);
    const file = await workshop.write('locked.yaml', 'plugins:\n  - { id: locked, path: ./locked }\n');
    await workshop.run(['-r', file, 'sync']);
    const { stdout } = await workshop.run(['-r', file, 'sync', '--upgrade']);
    expect(stdout).toMatch(/locked .* locked /);
    expect(stdout).toContain(`locked: ${join(workshop.folder, 'locked', 'uv.lock')} decides; \`uv lock --upgrade\``);
  });
});

describe('bulkhead sync', () => {
  test('makes what is missing, and finds it the next time', async () => {
    const first = await workshop.run(['sync']);
    expect(first).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/sample +Python 3\.11\.\d+ +0 +built +\d+\.\d s/) as string,
    });
    expect((await workshop.run(['sync', 'sample'])).stdout).toMatch(/sample .* found/);
  });

  test('goes on past plugins that fail, and answers with the worst', async () => {
    const file = await workshop.write(
      'mixed.yaml',
      `plugins:
  - { id: gone, path: ./nowhere }
  - { id: future, path: ./sample, environment: venv, python_version: "3.99" }
  - { id: sample, path: ./sample, python_version: "3.11" }
`,
    );
    const { exitCode, stdout, stderr } = await workshop.run(['sync', '-r', file]);
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/sample .* found/);
    expect(stdout.match(/failed/g)).toHaveLength(2);
    expect(stderr).toContain('PLUGIN_FOLDER_MISSING');
    expect(stderr).toContain('PYTHON_NOT_FOUND');
    const synced = JSON.parse((await workshop.run(['sync', '-r', file, '--json'])).stdout) as Synced;
    expect(new Set(synced.plugins.map(({ id, status }) => `${id} ${status}`))).toEqual(
      new Set(['gone failed', 'future failed', 'sample found']),
    );
    expect((await workshop.run(['sync', 'gone', '-r', file])).exitCode).toBe(2);
  });

  test('refuses a name that is not in the registry before it builds anything', async () => {
    const outcome = await workshop.run(['sync', 'sample', 'smple', '--json']);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(errorOf(outcome)).toMatchObject({
      code: 'PLUGIN_UNKNOWN',
      message: expect.stringContaining('Did you mean "sample"?') as string,
    });
  });

  test('names the packages that do not fit, and with --fix writes the cure and nothing else', async () => {
    const file = await workshop.write('cure.yaml', NEEDS_A_CURE);
    const sick = await workshop.run(['sync', '-r', file]);
    expect(sick.exitCode).toBe(3);
    for (const part of ['import pandas', 'numpy', 'as_of: 2023-06-01', 'bulkhead sync --fix'])
      expect(sick.stderr).toContain(part);
    expect(await workshop.read('cure.yaml')).toBe(NEEDS_A_CURE);

    const cured = await workshop.run(['sync', '-r', file, '--fix']);
    expect(cured).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('with as_of: 2023-06-01') as string });
    expect(cured.stderr).toContain(`table: wrote as_of: 2023-06-01 into ${file}`);
    expect(await workshop.read('cure.yaml')).toBe(`${NEEDS_A_CURE}    as_of: 2023-06-01\n`);
    const { plugins } = JSON.parse((await workshop.run(['sync', '-r', file, '--json'])).stdout) as Synced;
    expect(plugins[0]).toMatchObject({
      status: 'found',
      packages: { pandas: '2.0.0', numpy: '1.24.3' },
      fixed: [],
      error: null,
    });
  });
});
