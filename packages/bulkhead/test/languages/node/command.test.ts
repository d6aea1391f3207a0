import { expect, test } from 'vitest';
import type { NodeRuntime } from '../../../src/environment/ready-environment.ts';
import { nodeCommand } from '../../../src/languages/node/command.ts';
import { loadPluginFolder } from '../../../src/registry/load-plugin-folder.ts';
import { fixture } from '../../test-home.ts';

const start = async (file: string, version: string) => {
  const loaded = await loadPluginFolder(fixture('plugins/in_javascript'));
  const entryPoint = { ...loaded.launch.entryPoint, file };
  const spec = { ...loaded, launch: { ...loaded.launch, entryPoint } };
  const runtime: NodeRuntime = {
    kind: 'node',
    prefix: '/environments/one',
    node: { executable: '/opt/node/bin/node', version, origin: 'nvm' },
  };
  const environment = {
    identity: 'one',
    packages: {},
    built: false,
    duration: 0,
    resolved: undefined,
    lockedBy: undefined,
    localSources: [],
    runtime,
  };
  const channels = { endpoint: '3,4', lifeline: '5', descriptors: 6, runs: 'plugin' as const };
  const confinement = { scratch: undefined, groups: [] };
  return await nodeCommand(
    runtime,
    { spec, environment, confinement, channels, variables: {}, pythonSdk: '/python-sdk' },
    { sdk: () => '/sdk', gatekeeper: () => Promise.reject(new Error('nothing is confined')) },
  );
};

test('a plugin in TypeScript is not begun on a Node that would not read it', async () => {
  await expect(start('plugin.ts', '20.20.2')).rejects.toMatchObject({
    code: 'TYPESCRIPT_UNSUPPORTED',
    details: { plugin: 'in-javascript', file: 'plugin.ts', version: '20.20.2', origin: 'nvm' },
  });
  const { file, args } = await start('plugin.js', '20.20.2');
  expect(file).toBe('/opt/node/bin/node');
  expect(args[0]).toBe('/sdk/plugin-sdk/bootstrap.js');
});

test('a Node that strips types only when it is told to is told', async () => {
  expect((await start('plugin.ts', '22.6.0')).args[0]).toBe('--experimental-strip-types');
});
