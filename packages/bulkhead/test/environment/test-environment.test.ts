import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Environments, environmentsOf } from '../../src/environment/environments.ts';
import { hasTests } from '../../src/environment/testing/has-tests.ts';
import { prepareTestEnvironment, type TestEnvironment } from '../../src/environment/testing/test-environment.ts';
import { release } from './wheel-folder.ts';
import { type SpecChanges, Workbench } from './workbench.ts';

let bench: Workbench;
let environments: Environments;
let wheels: string;
beforeEach(async () => {
  bench = await Workbench.open();
  wheels = join(bench.root, 'wheels');
  Object.assign(bench.variables, { UV_FIND_LINKS: wheels, UV_NO_INDEX: '1' });
  environments = environmentsOf({ variables: bench.variables });
  // newer than that of any index which this machine may be set to
  await release(wheels, 'pytest', '999');
  for (const name of ['tool', 'toy']) await release(wheels, name, '1.0');
});
afterEach(async () => await bench.close());

async function forTests(changes: SpecChanges = {}): Promise<TestEnvironment> {
  const spec = bench.spec(changes);
  return await prepareTestEnvironment(environments.uv, spec, new AbortController().signal, () => undefined);
}

const PROJECT = '[project]\nname = "sample"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["toy"]\n';

describe('the environment of the tests', () => {
  test.each([
    ['', {}],
    ['[dependency-groups]\ntest = ["tool"]\ndev = ["missing"]\n', { tool: '1.0' }],
    ['[dependency-groups]\ndev = ["pytest>=1", "tool"]\n', { tool: '1.0' }],
    ['[project.optional-dependencies]\nTests = ["tool"]\n', { tool: '1.0' }],
    ['[dependency-groups]\nother = ["missing"]\n', {}],
  ])('holds what its project names for tests, and pytest: %j', async (more, tools) => {
    await bench.write('plugin/pyproject.toml', PROJECT + more);
    const { environment } = await forTests();
    expect(environment.packages).toEqual({ pytest: '999', toy: '1.0', ...tools });
  });

  test('holds the versions that are served, and leaves those alone', async () => {
    const wanted = { dependencies: ['toy'] };
    const served = await bench.prepare(environments.uv, wanted);
    await release(wheels, 'toy', '1.1');
    const { environment, differing } = await forTests(wanted);
    expect(environment.packages).toEqual({ pytest: '999', toy: '1.0' });
    expect(differing).toEqual([]);
    expect(await bench.prepare(environments.uv, wanted)).toMatchObject({
      identity: served.identity,
      runtime: served.runtime,
      packages: { toy: '1.0' },
    });
    expect(await readlink(join(bench.plugin, '.venv'))).toBe(environment.runtime.prefix);
    expect((await forTests(wanted)).environment.built).toBe(false);
  });

  test('holds other versions, and says of what, where the test tools need them', async () => {
    await release(wheels, 'toy', '0.9');
    await bench.write('plugin/pyproject.toml', `${PROJECT}[dependency-groups]\ntest = ["toy<1"]\n`);
    const { environment, differing } = await forTests();
    expect(environment.packages).toEqual({ pytest: '999', toy: '0.9' });
    expect(differing).toEqual(['toy']);
  });

  test('of a plugin that shares holds what all members ask for', async () => {
    const members = [bench.spec({ dependencies: ['toy'] }), bench.spec({ id: 'other', dependencies: ['tool'] })];
    const { environment } = await forTests({ dependencies: ['toy'], share: { name: 'both', members } });
    expect(environment.packages).toEqual({ pytest: '999', tool: '1.0', toy: '1.0' });
  });
});

test.each([
  ['plugin/tests/unit/test_it.py', true],
  ['plugin/it_test.py', true],
  ['plugin/tests.py', true],
  ['plugin/pytest.ini', true],
  ['plugin/contest.py', false],
  ['plugin/.venv/lib/test_it.py', false],
])('%s says that there are tests: %s', async (file, isOne) => {
  await bench.write('plugin/plugin.py', '');
  await bench.write(file, '');
  expect(await hasTests(bench.plugin)).toBe(isOne);
  await bench.write('plugin/pyproject.toml', '[tool.pytest.ini_options]\npython_files = "check_*.py"\n');
  expect(await hasTests(bench.plugin)).toBe(true);
});
