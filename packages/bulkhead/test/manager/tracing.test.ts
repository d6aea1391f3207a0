import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { fixture, observed } from '../test-home.ts';
import { untilHolds } from '../until.ts';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const SPAN = '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01';
const STATE = 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE';

let folder: string;
let manager: PluginManager;
let lines: Record<string, unknown>[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-tracing-'));
  const caller = { path: fixture('plugins/calls_others'), may_call: ['several', 'typed', 'js'] };
  const plugins = [
    { id: 'caller', ...caller },
    { id: 'several', ...caller, concurrency: 4 },
    { id: 'js', path: fixture('plugins/in_javascript'), may_call: ['typed'] },
    {
      id: 'typed',
      path: fixture('plugins/typed_service'),
      transport: 'grpc',
      command: [process.execPath, 'plugin.mjs'],
      config: { shelf: 7 },
    },
  ];
  const file = join(folder, 'plugins.yaml');
  await writeFile(file, JSON.stringify({ plugins }));
  const { options, lines: observedLines } = observed();
  lines = observedLines;
  manager = await PluginManager.open(file, options);
});

afterEach(async () => {
  await manager.close();
  await rm(folder, { recursive: true, force: true });
});

async function traced(plugin: string, input: object, options: object = {}): Promise<unknown> {
  return await manager.executePlugin(plugin, input, { action: 'traced', ...options });
}

test('a call is a part of the trace that its caller names, and so are those that its plugin makes of others', async () => {
  const options = { traceparent: TRACE, tracestate: STATE };
  expect(await traced('caller', { route: ['several', 'js', 'typed'] }, options)).toEqual([
    [TRACE, STATE],
    [TRACE, STATE],
    [TRACE, STATE],
    [TRACE, STATE],
  ]);
  expect(await traced('caller', {}, { traceparent: TRACE })).toEqual([[TRACE, null]]);
  expect(await traced('typed', {}, { traceparent: TRACE })).toEqual([[TRACE, null]]);
  expect(await traced('js', {}, { traceparent: TRACE })).toEqual([[TRACE, null]]);
});

test('one whose caller names none is a part of none, also behind one that was', async () => {
  await traced('caller', {}, { traceparent: TRACE });
  const none = [null, null];
  expect(await traced('caller', { route: ['several', 'js', 'typed'] })).toEqual([none, none, none, none]);
});

test.each(['caller', 'js'])('a plugin may name another span for what it calls: %s', async (plugin) => {
  expect(
    await traced(plugin, { route: ['typed'], traceparent: SPAN }, { traceparent: TRACE, tracestate: STATE }),
  ).toEqual([
    [TRACE, STATE],
    [SPAN, STATE],
  ]);
  await expect(traced(plugin, { route: ['typed'], traceparent: 'nonsense' })).rejects.toMatchObject({
    code: 'PLUGIN_RAISED',
    message: expect.stringContaining('traceparent') as string,
  });
});

test('also where several calls run at the same time', async () => {
  const later = { action: 'traced_later', traceparent: TRACE };
  expect(await manager.executePlugin('several', { plugin: 'typed', traceparent: SPAN }, later)).toEqual([[SPAN, null]]);
});

test('an input with streams and a trace has both', async () => {
  const chunks = Readable.from([]);
  const options = { action: 'traced', traceparent: TRACE };
  expect(await manager.executePlugin('caller', { route: chunks }, options)).toEqual([[TRACE, null]]);
});

test('its log lines say which trace they belong to', async () => {
  await traced('caller', {}, { traceparent: TRACE });
  await traced('caller', {});
  // lines and answers come by different channels
  await untilHolds(() => {
    const logged = lines.filter(({ msg }) => msg === 'traced').map(({ traceparent }) => traceparent);
    expect(logged.filter((each) => each === TRACE)).toHaveLength(1);
    expect(logged).toContain(undefined);
  });
});

test.each([
  [{ traceparent: 'nonsense' }, 'traceparent'],
  [{ traceparent: TRACE.toUpperCase() }, 'traceparent'],
  [{ traceparent: `${TRACE}-more` }, 'traceparent'],
  [{ traceparent: TRACE.replace(/^00/, 'ff') }, 'traceparent'],
  [{ traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` }, 'traceparent'],
  [{ traceparent: `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01` }, 'traceparent'],
  [{ traceparent: 7 }, 'a value of type number'],
  [{ tracestate: STATE }, 'traceparent'],
  [{ traceparent: TRACE, tracestate: 'line\nbreak' }, 'tracestate'],
  [{ traceparent: TRACE, tracestate: 'x'.repeat(513) }, 'tracestate'],
])('%j is refused', async (options, said) => {
  await expect(traced('caller', {}, options)).rejects.toMatchObject({
    code: 'ARGUMENT_INVALID',
    message: expect.stringContaining(said) as string,
  });
});

test('a later version of the format may go on behind the flags', async () => {
  const later = TRACE.replace(/^00/, '01');
  expect(await traced('caller', {}, { traceparent: later })).toEqual([[later, null]]);
  expect(await traced('caller', {}, { traceparent: `${later}-more` })).toEqual([[`${later}-more`, null]]);
});
