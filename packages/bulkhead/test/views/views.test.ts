import { expect, test } from 'vitest';
import { BulkheadError } from '../../src/errors/bulkhead-error.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { errorView } from '../../src/views/error-view.ts';
import { jsonText } from '../../src/views/json-text.ts';
import { pluginStatusView } from '../../src/views/plugin-view.ts';
import { fixture, observed } from '../test-home.ts';

test('a plugin of a manager is shown as plain data, before it is started and while it runs', async () => {
  await using manager = new PluginManager(observed().options);
  const id = await manager.loadPlugin(fixture('plugins/echo'));
  expect(shown(manager)).toMatchObject([{ id, state: 'idle', version: null, instances: [], problem: null }]);
  await manager.executePlugin(id, null);
  const [plugin] = shown(manager) as [Record<string, unknown>];
  expect(plugin).toMatchObject({
    state: 'ready',
    isolation: 'process',
    instances: [{ generation: 1, state: 'idle', calls: 1, in_flight: 0, health: 'ready', debugger: null }],
    timings: { environment: expect.any(Number) as number, start: expect.any(Number) as number },
  });
  expect(Object.values(plugin)).not.toContain(undefined);
});

/** As a program gets it. */
function shown(manager: PluginManager): readonly unknown[] {
  const objects = manager.plugins().map(pluginStatusView);
  return JSON.parse(jsonText(objects, { pretty: false })) as unknown[];
}

test.each([
  ['plugins/echo', { python: expect.stringMatching(/^3\./) as string, node: null }],
  ['plugins/in_javascript', { python: null, node: process.versions.node }],
])('%s is shown with what runs it', async (path, runtime) => {
  await using manager = new PluginManager(observed().options);
  const id = await manager.loadPlugin(fixture(path));
  expect(shown(manager)).toMatchObject([{ python: null, node: null }]);
  await manager.startPlugin(id);
  expect(shown(manager)).toMatchObject([runtime]);
});

test('an error is shown with its causes, each once; whatever else was thrown as a mistake of Bulkhead', () => {
  const first = new Error('the cable is cut');
  const second = new TypeError('no answer', { cause: first });
  first.cause = second;
  const error = new BulkheadError('PLUGIN_ALREADY_LOADED', { plugin: 'echo' }, { cause: second });
  expect(errorView(error)).toMatchObject({
    code: 'PLUGIN_ALREADY_LOADED',
    blame: 'user',
    retryable: false,
    details: { plugin: 'echo' },
    causes: [
      { type: 'TypeError', message: 'no answer' },
      { type: 'Error', message: 'the cable is cut' },
    ],
  });
  expect(errorView('a text')).toMatchObject({ code: 'INTERNAL', message: 'This is a bug in Bulkhead: a text.' });
});
