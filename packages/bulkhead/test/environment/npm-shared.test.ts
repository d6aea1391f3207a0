import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReadyEnvironment } from '../../src/environment/ready-environment.ts';
import { environmentsOf } from '../../src/environment/environments.ts';
import type { PluginSpec } from '../../src/registry/plugin-spec.ts';
import { NpmWorkbench } from './npm-workbench.ts';

let npm: NpmWorkbench;
beforeEach(async () => {
  npm = await NpmWorkbench.open();
  for (const version of ['1.0.0', '1.5.0', '2.0.0']) npm.registry.publish({ name: 'words', version });
  npm.registry.publish({ name: 'more' });
});
afterEach(async () => {
  await npm.close();
});

/** Plugins of one group, by the package.json of each. */
async function group(...declared: readonly object[]): Promise<PluginSpec[]> {
  const plain = await Promise.all(
    declared.map(async (packageJson, index) => {
      await npm.declares(packageJson, `p${index}`);
      return npm.spec({ id: `p${index}`, folder: join(npm.bench.root, `p${index}`) });
    }),
  );
  return sharing(plain);
}

function sharing(plain: readonly PluginSpec[]): PluginSpec[] {
  return plain.map((spec) => ({
    ...spec,
    environment: { ...spec.environment, share: { name: 'js', members: plain } },
  }));
}

async function prepare(spec: PluginSpec | undefined): Promise<ReadyEnvironment> {
  return await npm.provider.prepare(spec as PluginSpec, new AbortController().signal, () => undefined);
}

describe('plugins of Node that share', () => {
  test('get one environment that all of their ranges allow', async () => {
    const members = await group(
      { dependencies: { words: '>=1.0.0' } },
      { dependencies: { words: '^1.2.0 || ^3', more: '1' } },
      { optionalDependencies: { words: '<2' }, engines: { node: '>=20' } },
    );
    const [first, second, third] = [await prepare(members[0]), await prepare(members[1]), await prepare(members[2])];
    expect(first).toMatchObject({ built: true, packages: { words: '1.5.0', more: '1.0.0' } });
    expect([second, third]).toMatchObject([
      { built: false, identity: first?.identity },
      { built: false, identity: first?.identity },
    ]);
  });

  test('heed no lock file of one of them', async () => {
    const members = await group({ dependencies: { words: '1' } }, { dependencies: { more: '1' } });
    await npm.bench.write('p0/pnpm-lock.yaml', '');
    expect(await prepare(members[0])).toMatchObject({
      packages: { words: '1.5.0', more: '1.0.0' },
      lockedBy: undefined,
    });
  });

  test.each([
    [
      'ranges that exclude each other',
      { dependencies: { words: '^1' } },
      { dependencies: { words: '^2' } },
      'words: p0 needs ^1, p1 needs ^2',
    ],
    [
      'engines that exclude each other',
      { engines: { node: '<22' } },
      { engines: { node: '>=22' } },
      'no Node is right for all: p0 needs <22, p1 needs >=22',
    ],
    [
      'an address of one of them',
      { dependencies: { words: 'next' } },
      { dependencies: { words: '^2' } },
      'words: p0 needs next, p1 needs ^2',
    ],
    ['different overrides', { overrides: { words: '1' } }, {}, 'p0 and p1 have different `overrides`'],
  ])('can not, with %s', async (_what, one, other, reason) => {
    const [spec] = await group(one, other);
    expect((await npm.bench.failure('SHARING_IMPOSSIBLE', prepare(spec))).details).toMatchObject({
      share: 'js',
      reason,
    });
  });

  test('can not, where only their packages in turn exclude each other', async () => {
    npm.registry.publish({ name: 'picky', peerDependencies: { words: '^2' } });
    const [spec] = await group({ dependencies: { words: '^1' } }, { dependencies: { picky: '1' } });
    const error = await npm.bench.failure('SHARING_IMPOSSIBLE', prepare(spec));
    expect(error.details.reason).toContain('picky@1.0.0 needs words@^2 beside it');
  });

  test.each(['uv', 'venv'] as const)('can not with a plugin in Python (%s)', async (kind) => {
    await npm.declares({}, 'p0');
    const members = sharing([
      npm.spec({ id: 'a', folder: join(npm.bench.root, 'p0') }),
      npm.bench.spec({ id: 'b', kind }),
    ]);
    const reason = 'a is a plugin of Node, b of Python: their environments have nothing in common';
    expect((await npm.bench.failure('SHARING_IMPOSSIBLE', prepare(members[0]))).details).toMatchObject({ reason });
    const python = environmentsOf({ variables: npm.bench.variables })[kind];
    const prepared = npm.bench.prepareSpec(python, members[1] as PluginSpec);
    expect((await npm.bench.failure('SHARING_IMPOSSIBLE', prepared)).details).toMatchObject({ reason });
  });
});
