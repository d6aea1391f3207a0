import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PluginSpec } from '../../src/registry/plugin-spec.ts';
import { environmentsOf } from '../../src/environment/environments.ts';
import { type SpecChanges, Workbench } from './workbench.ts';
import { onlyInLongRuns } from '../not-run.ts';

describe.each(['uv', 'venv'] as const)('plugins that share, by %s', (kind) => {
  const mostlyByUv = kind === 'uv' ? {} : onlyInLongRuns();
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
  });
  afterEach(async () => {
    await bench.close();
  });

  /** Members of one group, each in a folder of its own. */
  async function group(...changes: SpecChanges[]): Promise<PluginSpec[]> {
    const members = await Promise.all(
      changes.map(async (changed, index) => {
        await bench.write(`p${index}/plugin.py`, '');
        return bench.spec({ id: `p${index}`, folder: `${bench.root}/p${index}`, kind, ...changed });
      }),
    );
    const share = { name: 'tools', members };
    return members.map((member) => ({ ...member, environment: { ...member.environment, share } }));
  }

  test('get one environment, with what all of them ask for', async () => {
    const [one, two] = await group({ dependencies: ['six<1.17'] }, { dependencies: ['six>=1.15', 'attrs==23.2.0'] });
    const provider = environmentsOf({ state: bench.state, variables: bench.variables })[kind];
    expect(await provider.find(one as PluginSpec, new AbortController().signal)).toBeUndefined();
    const first = await bench.prepareSpec(provider, one as PluginSpec);
    const second = await bench.prepareSpec(provider, two as PluginSpec);
    expect(first).toMatchObject({ built: true, packages: { six: '1.16.0', attrs: '23.2.0' } });
    expect(second).toMatchObject({ built: false, identity: first.identity });
  });

  test('are installed into it themselves where they are projects, and keep their sources', mostlyByUv, async () => {
    const built = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n';
    await bench.write('pyproject.toml', '[tool.uv.workspace]\nmembers = ["p*", "libs/*"]\n');
    await bench.write('libs/shared/pyproject.toml', `[project]\nname = "shared"\nversion = "2"\n${built}`);
    await bench.write('libs/shared/shared.py', '');
    const project = (name: string): string =>
      `[project]\nname = "${name}"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ${kind === 'uv' ? '["shared"]' : '["six"]'}\n${built}[tool.setuptools]\npy-modules = []\n[tool.uv.sources]\nshared = { workspace = true }\n`;
    const members = await group({}, {});
    await bench.write('p0/pyproject.toml', project('first-one'));
    await bench.write('p1/pyproject.toml', project('second-one'));
    const provider = environmentsOf({ state: bench.state, variables: bench.variables })[kind];
    const { packages } = await bench.prepareSpec(provider, members[0] as PluginSpec);
    expect(Object.keys(packages)).toEqual(['first-one', 'second-one', kind === 'uv' ? 'shared' : 'six']);
  });

  test('hear why there is none for them', async () => {
    const provider = environmentsOf({ state: bench.state, variables: bench.variables })[kind];
    const [apart] = await group({ dependencies: ['six<1.16'] }, { dependencies: ['six>=1.16'] });
    const error = await bench.failure('SHARING_IMPOSSIBLE', bench.prepareSpec(provider, apart as PluginSpec));
    expect(error.message).toMatch(/Plugin "p0" can't share the environment "tools": .*six/);
    const [python] = await group({ python: '3.11' }, { python: '3.12' });
    expect(
      (await bench.failure('SHARING_IMPOSSIBLE', bench.prepareSpec(provider, python as PluginSpec))).details.reason,
    ).toBe('no Python is right for all: p0 needs ==3.11.*, p1 needs ==3.12.*');
    const other = kind === 'uv' ? 'venv' : 'uv';
    const [mixed] = await group({}, { kind: other });
    expect(
      (await bench.failure('SHARING_IMPOSSIBLE', bench.prepareSpec(provider, mixed as PluginSpec))).details.reason,
    ).toContain('have different builders');
  });
});
