import { expect, test } from 'vitest';
import { NoEnvironment } from '../../src/environment/no-environment.ts';
import { ownCommand } from '../../src/languages/own-command.ts';
import { loadPluginFolder } from '../../src/registry/load-plugin-folder.ts';
import { fixture } from '../test-home.ts';

test('a program that is to be confined is never run by itself, without what closes its gates', async () => {
  const loaded = await loadPluginFolder(fixture('plugins/echo'));
  const spec = { ...loaded, launch: { ...loaded.launch, command: ['true'] } };
  const environment = await new NoEnvironment().prepare(spec, new AbortController().signal);
  const channels = { endpoint: 'stdio', lifeline: undefined, descriptors: 3, runs: 'plugin' as const };
  const start = { spec, environment, channels, variables: {}, logLevel: 'info', sdk: '/sdk' } as const;
  const confinement = { scratch: '/scratch', groups: [] };
  await expect(ownCommand(environment.runtime, { ...start, confinement })).rejects.toMatchObject({ code: 'INTERNAL' });
  const open = await ownCommand(environment.runtime, { ...start, confinement: { ...confinement, scratch: undefined } });
  expect(open.file).toBe('true');
});
