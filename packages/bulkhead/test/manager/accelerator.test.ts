import { beforeAll, expect, test } from 'vitest';
import { Accelerator } from '../../src/environment/fetched/accelerator.ts';
import type { PythonInterpreter } from '../../src/environment/ready-environment.ts';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { fixture, observed, TEST_HOME } from '../test-home.ts';

const VARIABLES = { ...process.env, BULKHEAD_ACCELERATOR: 'on' };

beforeAll(async () => {
  await using manager = await PluginManager.open(fixture('supervised.yaml'), observed().options);
  const { runtime } = await manager.preparePlugin('echo');
  await new Accelerator({ state: new StateFolder(TEST_HOME), variables: VARIABLES }).obtain(
    runtime.python as PythonInterpreter,
  );
});

test.each([
  ['c', 'on'],
  ['pure', 'off'],
])('a plugin speaks by the codec "%s" when the accelerator is %s', async (codec, setting) => {
  const variables = { ...VARIABLES, BULKHEAD_ACCELERATOR: setting };
  await using manager = await PluginManager.open(fixture('supervised.yaml'), { ...observed().options, variables });
  const value = { text: 'é', list: [1, 2.5, null, { deep: true }], bytes: new Uint8Array([1, 2]), large: 2n ** 63n };
  expect(await manager.executePlugin('echo', value)).toEqual(value);
  expect(await manager.executePlugin('echo', new Float64Array(100_000))).toEqual(new Float64Array(100_000));
  expect(manager.plugins().find(({ id }) => id === 'echo')?.instances[0]?.codec).toBe(codec);
});
