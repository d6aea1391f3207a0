import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { fixture, observed } from '../test-home.ts';

let manager: PluginManager;

beforeEach(() => {
  manager = new PluginManager(observed().options);
});

afterEach(async () => await manager.close());

const wrong = (options: object): never => options as never;

test.each([
  ['executePlugin', () => manager.executePlugin('echo', null, wrong({ timeot: 5 })), 'timeot'],
  ['executeHooks', () => manager.executeHooks('event', {}, wrong({ signl: undefined })), 'signl'],
  ['preparePlugin', () => manager.preparePlugin('echo', undefined, wrong({ upgrad: true })), 'upgrad'],
  ['reload', () => manager.reload('echo', wrong({ onprogres: undefined })), 'onprogres'],
  ['debug', () => manager.debug('echo', wrong({ prot: 5678 })), 'prot'],
  ['acquire', () => manager.resources.acquire('me', 'gpu', wrong({ timout: 1 })), 'timout'],
  ['open', () => PluginManager.open('plugins.yaml', wrong({ hom: '/tmp' })), 'hom'],
  ['open without a registry', () => PluginManager.open(undefined as never), 'registry'],
])('a misspelt option of %s is refused', async (_, call, argument) => {
  await manager.loadPlugin(fixture('plugins/echo'));
  await expect(call()).rejects.toMatchObject({ code: 'ARGUMENT_INVALID', details: { argument } });
});

test('so is one of registerHook and of the manager itself, at once', () => {
  const code = expect.objectContaining({ code: 'ARGUMENT_INVALID' }) as Error;
  expect(() => manager.registerHook('event', (data) => data, wrong({ priorty: 3 }))).toThrow(code);
  expect(() => new PluginManager(wrong({ loger: undefined }))).toThrow(code);
});

test('a folder may be named by a URL, as modules make it', async () => {
  expect(await manager.loadPlugin(pathToFileURL(fixture('plugins/echo')))).toBe('echo');
  expect(await manager.executePlugin('echo', 1)).toBe(1);
});
