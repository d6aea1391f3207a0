import { expect, test } from 'vitest';
import { registryFor, variantsOf } from '../../src/verification/variants.ts';

const OTHER = { id: 'other', path: '/plugins/other' };
const of = (entry: object, variant: Parameters<typeof registryFor>[2]): object | undefined =>
  registryFor({ plugins: [OTHER, { id: 'one', path: '/plugins/one', ...entry }] }, 'one', variant).plugins[1];

test('each tier is combined with each transport; what is not asked for stays as it is declared', () => {
  expect(variantsOf(['thread', 'process', 'docker'], ['socket', 'stdio'])).toEqual([
    { tier: 'thread', transport: undefined },
    { tier: 'process', transport: 'socket' },
    { tier: 'process', transport: 'stdio' },
    { tier: 'docker', transport: undefined },
  ]);
  expect(variantsOf([], ['stdio'])).toEqual([{ tier: undefined, transport: 'stdio' }]);
  expect(variantsOf([], [])).toEqual([{ tier: undefined, transport: undefined }]);
});

test('the plugin is run by one instance that nothing else replaces; all others are as they were', () => {
  const entry = { enabled: false, instances: 4, recycle: { calls: 10 }, idle_unload: '1m', config: { a: 1 } };
  const registry = registryFor(
    {
      plugins: [OTHER, { id: 'one', path: '/plugins/one', ...entry }],
      defaults: { recycle: { calls: 5 }, isolation: 'process' },
    },
    'one',
    { tier: undefined, transport: undefined },
  );
  expect(registry).toEqual({
    plugins: [OTHER, { id: 'one', path: '/plugins/one', enabled: true, instances: 1, config: { a: 1 } }],
    defaults: { isolation: 'process' },
  });
});

test('in another tier it leaves out what only its own has a use for', () => {
  expect(of({ isolation: 'docker', image: 'one:1' }, { tier: 'process', transport: 'stdio' })).toMatchObject({
    isolation: 'process',
    transport: 'stdio',
  });
  expect(of({ isolation: 'docker', image: 'one:1' }, { tier: 'process', transport: undefined })).not.toHaveProperty(
    'image',
  );
  expect(of({ sandbox: 'floor', transport: 'stdio' }, { tier: 'docker', transport: undefined })).not.toHaveProperty(
    'transport',
  );
  expect(of({ image: 'one:1' }, { tier: 'docker', transport: undefined })).toHaveProperty('image', 'one:1');
});
