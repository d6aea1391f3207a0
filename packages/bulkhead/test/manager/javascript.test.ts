import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { NdArray } from '@bulkhead/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isBulkheadError } from '../../src/errors/bulkhead-error.ts';
import { flagsToStripTypes } from '../../src/languages/node/type-stripping.ts';
import type { ExecuteOptions } from '../../src/manager/execute-options.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginStream } from '../../src/session/plugin-stream.ts';
import { onlyIf } from '../not-run.ts';
import { gone, identify } from '../processes.ts';
import { fixture, observed } from '../test-home.ts';
import { until, untilHolds } from '../until.ts';

const stripsTypes = flagsToStripTypes(process.versions.node) !== undefined;

let manager: PluginManager;
let lines: Record<string, unknown>[];

beforeEach(async () => {
  const observation = observed();
  lines = observation.lines;
  manager = await PluginManager.open(fixture('javascript.yaml'), observation.options);
});

afterEach(async () => {
  await manager.close();
});

async function call(action: string, data?: unknown, options: ExecuteOptions = {}): Promise<unknown> {
  return await manager.executePlugin('js', data, { action, ...options });
}

async function failure(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  const error: unknown = await promise.then(
    (value) => new Error(`it answered ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!isBulkheadError(error)) throw error;
  return { code: error.code, message: error.message, traceback: error.context.remoteTraceback, error };
}

async function said(msg: string, plugin = 'js'): Promise<Record<string, unknown>> {
  return await untilHolds(() => {
    const found = lines.find((line) => line['msg'] === msg && line['plugin'] === plugin);
    expect(found).toBeDefined();
    return found as Record<string, unknown>;
  });
}

function pidOf(id: string): number {
  return manager.plugins().find((plugin) => plugin.id === id)?.instances[0]?.pid as number;
}

async function gather(from: AsyncIterable<unknown>): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of from) chunks.push(chunk);
  return chunks;
}

describe('a plugin in JavaScript', () => {
  test('takes and gives all that crosses the wire', async () => {
    const value = {
      text: 'Grüße',
      nothing: null,
      numbers: [1, -2.5, 2n ** 60n],
      bytes: new Uint8Array([1, 2, 3]),
      floats: Float32Array.of(1.5, 2.5),
      when: new Date('2026-01-31T09:30:00Z'),
    };
    expect(await call('execute', value)).toEqual(value);
    expect(await call('matrix')).toEqual(new NdArray(Float64Array.of(1, 2, 3, 4), [2, 2]));
  });

  test('takes and gives large binary values', async () => {
    const bytes = Buffer.alloc(20_000_000, 'x');
    const floats = new Float64Array(1_000_000).fill(0.5);
    const answer = (await call('execute', { bytes, floats })) as { bytes: Buffer; floats: Float64Array };
    expect(Buffer.compare(answer.bytes, bytes)).toBe(0);
    expect(answer.floats).toEqual(floats);
  });

  test('says what it is, and what its schemas say', async () => {
    const description = await manager.describePlugin('js');
    expect(description.metadata).toMatchObject({ id: 'js', flavour: 'vanilla' });
    const schema = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] };
    expect(description.actions['shout']).toEqual({ description: 'Louder.', input: schema, output: schema });
    expect(description.actions['pure']).toMatchObject({ cache: { ttl: 60_000 } });
    expect(description.actions['counts']).toMatchObject({ stream: true });
    expect(description.actions['sums']).toMatchObject({
      input: { properties: { rows: { type: 'array', format: 'stream' } }, required: ['rows'] },
    });
  });

  test('gets its configuration once, and is told to clean up', async () => {
    expect(await manager.executePlugin('counter')).toBe(5);
    expect(await call('state')).toMatchObject({ configuration: {} });
    await manager.close();
    await said('cleaned up');
    expect(await said('the last line')).toMatchObject({ stream: 'stdout' });
    expect(lines.find(({ msg }) => String(msg).startsWith('instance ended'))).toMatchObject({ ending: 'stopped' });
  });

  test('gets what its schema makes of the input, and nothing that does not fit', async () => {
    expect(await call('shout', { text: '  hello ' })).toEqual({ text: 'HELLO' });
    const { code, message, error } = await failure(call('shout', { text: 7 }));
    expect(code).toBe('INPUT_REJECTED');
    expect(message).toContain('$.text: expected text');
    expect(error).toMatchObject({ blame: 'user' });
  });

  test('may be a class, in CommonJS, whose state is its own', async () => {
    expect(await manager.executePlugin('counter', 2, { action: 'add' })).toBe(7);
    expect(await manager.executePlugin('counter', 3, { action: 'add' })).toBe(10);
    const stream = (await manager.executePlugin('counter', 3, { action: 'upTo' })) as PluginStream;
    expect(await gather(stream)).toEqual([0, 1, 2]);
    expect((await manager.describePlugin('counter')).actions).toMatchObject({
      execute: {},
      add: { description: 'Adds to what it has.' },
      upTo: { stream: true },
    });
  });

  test('writes lines that belong to their call', async () => {
    await call('says', { a: 1 });
    const line = await said('careful');
    expect(line).toMatchObject({ stream: 'log', level: 40, fields: { input: { a: 1 }, error: 'Error: seen' } });
    expect(line['call']).toBeGreaterThan(0);
    expect(String(line['traceback'])).toMatch(/^Error: seen\n\s+at .*plugin\.js/);
    expect(await said('on standard output')).toMatchObject({ stream: 'stdout' });
    expect(await said('on standard error')).toMatchObject({ stream: 'stderr' });
  });

  test('says how far a call has come, and knows how long it may take', async () => {
    const controller = new AbortController();
    const progress: unknown[] = [];
    const ended = failure(
      call('progresses', null, {
        signal: controller.signal,
        onProgress: (each) => {
          progress.push(each);
          controller.abort();
        },
      }),
    );
    expect((await ended)['code']).toBe('CALL_CANCELLED');
    expect(progress).toEqual([{ fraction: 0.5, message: 'half-way' }]);
    expect(await call('deadline', null, { timeout: 5_000 })).toSatisfy((left: number) => left > 0 && left <= 5_000);
  });

  test('is pure where it says so', async () => {
    const answers = [await call('pure', 1), await call('pure', 1), await call('pure', 2)];
    expect(answers).toEqual([
      { input: 1, runs: 1 },
      { input: 1, runs: 1 },
      { input: 2, runs: 2 },
    ]);
  });

  test('runs one call after the other, or as many as the registry says', async () => {
    const three = (id: string): Promise<unknown[]> =>
      Promise.all([1, 2, 3].map(() => manager.executePlugin(id, 50, { action: 'atOnce' })));
    expect(await three('js')).toEqual([1, 1, 1]);
    expect(Math.max(...((await three('other')) as number[]))).toBe(3);
  });
});

describe('what fails', () => {
  test('carries its message, its type, its stack without ours, its cause and its data', async () => {
    const { code, message, traceback, error } = await failure(call('fails'));
    expect(code).toBe('PLUGIN_RAISED');
    expect(message).toContain('RangeError: not today');
    expect(String(traceback)).toMatch(/^RangeError: not today\n\s+at .*plugin\.js/);
    expect(String(traceback)).not.toMatch(/plugin-sdk|node:internal/);
    expect(error).toMatchObject({
      context: { remoteData: { shelf: 7 } },
      cause: { message: expect.stringContaining('the shelf is empty') as unknown },
    });
  });

  test.each([
    ['throwsText', undefined, 'PLUGIN_RAISED', /threw just text/],
    ['unsendable', undefined, 'RESULT_NOT_ENCODABLE', /\$\.rows\[0\]\.when.*Map/],
    ['tooLarge', undefined, 'RESULT_TOO_LARGE', /67108864/],
    ['nothing_of_that_name', undefined, 'ACTION_UNKNOWN', /nothing_of_that_name/],
    ['modules', 'a-package-that-is-not-there', 'PLUGIN_RAISED', /Cannot find package 'a-package-that-is-not-there'/],
  ])('%s', async (action, input, code, words) => {
    const found = await failure(call(action, input));
    expect(found).toMatchObject({ code });
    expect(found['message']).toMatch(words);
    expect(await call('execute', 'still here')).toBe('still here');
  });

  test('of its start says which part of it', async () => {
    const { code, message } = await failure(manager.executePlugin('refused'));
    expect(code).toBe('PLUGIN_INITIALIZE_FAILED');
    expect(message).toContain('TypeError: not with this configuration');
  });

  test.each([
    ['exits', undefined, 'PLUGIN_CRASHED', /exited with status 3/],
    ['crashes', undefined, 'PLUGIN_CRASHED', /exited with status 1/],
    ['closesChannel', 3, 'PLUGIN_DISCONNECTED', /closed/],
    ['closesChannel', 4, 'PLUGIN_DISCONNECTED', /closed/],
  ])('%s(%s) ends the instance, and the next call has a new one', async (action, input, code, words) => {
    await manager.startPlugin('js');
    const before = identify(pidOf('js'));
    const found = await failure(call(action, input));
    expect(found).toMatchObject({ code });
    expect(found['message']).toMatch(words);
    if (action === 'crashes')
      expect(JSON.stringify((found['error'] as { context: unknown }).context)).toContain('out of the blue');
    await gone(before);
    expect(await call('execute', 'again')).toBe('again');
  });
});

describe('a stream', () => {
  test.each([0, 1, 17, 5000])('of %i chunks comes in order, with what the generator returned', async (count) => {
    const stream = (await call('counts', count)) as PluginStream;
    expect(await gather(stream)).toEqual(Array.from({ length: count }, (_, index) => index));
    expect(stream.returned).toBe(count);
    expect(await call('state')).toMatchObject({ ended: ['counts'] });
  });

  test('is never far ahead of its reader, ends when nobody reads on, and leaves room for other calls', async () => {
    const stream = (await call('counts', 1_000_000)) as PluginStream;
    expect(await stream.next()).toEqual({ done: false, value: 0 });
    await until(async () => ((await call('state')) as { produced: number }).produced >= 16, 'a full window');
    expect(await call('state')).toMatchObject({
      ended: [],
      produced: expect.toSatisfy((most: number) => most <= 18) as unknown,
    });
    await stream.return();
    await until(async () => ((await call('state')) as { ended: unknown[] }).ended.length === 1, 'its end');
  });

  test('that fails half-way brings what came before', async () => {
    const chunks: unknown[] = [];
    const stream = (await call('stumbles')) as PluginStream;
    const { code, message } = await failure(
      (async () => {
        for await (const chunk of stream) chunks.push(chunk);
      })(),
    );
    expect(chunks).toEqual([1]);
    expect([code, message]).toEqual(['PLUGIN_RAISED', expect.stringContaining('after the first')]);
  });

  test('as input is read while it comes, each chunk checked; a list will do', async () => {
    const rows = async function* (): AsyncGenerator<unknown> {
      for (let row = 1; row <= 100; row += 1) yield row;
    };
    expect(await call('sums', { rows: rows(), factor: 2 })).toBe(10_100);
    expect(await call('sums', { rows: [1, 2, 3], factor: 1 })).toBe(6);
    const bad = async function* (): AsyncGenerator<unknown> {
      yield* [1, 'two'];
    };
    const { code, message } = await failure(call('sums', { rows: bad(), factor: 1 }));
    expect([code, message]).toEqual(['INPUT_REJECTED', expect.stringContaining('$.rows[1]: expected a number')]);
    expect(await failure(call('sums', { factor: 1 }))).toMatchObject({ code: 'INPUT_REJECTED' });
  });

  test('as input is closed when the action reads no further, and may be the answer', async () => {
    let isClosed = false;
    const rows = async function* (): AsyncGenerator<number> {
      try {
        for (let row = 0; ; row += 1) yield row;
      } finally {
        isClosed = true;
      }
    };
    expect(await call('firstOf', rows())).toBe(0);
    await until(() => isClosed, 'the end of the source');
    const some = async function* (): AsyncGenerator<number> {
      yield* [7, 8, 9];
    };
    const echoed = (await manager.executePlugin('other', some(), { action: 'echoes' })) as PluginStream;
    expect(await gather(echoed)).toEqual([7, 8, 9]);
  });
});

describe('a cancelled call', () => {
  test.each(['waits', 'computes'])('that %s ends, and its instance stays', async (action) => {
    await manager.startPlugin('js');
    const pid = pidOf('js');
    const controller = new AbortController();
    const cancelled = failure(call(action, null, { signal: controller.signal }));
    await said(action === 'waits' ? 'waiting' : 'computing');
    controller.abort();
    expect((await cancelled)['code']).toBe('CALL_CANCELLED');
    expect(await call('execute', 'next')).toBe('next');
    expect(pidOf('js')).toBe(pid);
  });

  test('that never looks loses its instance', async () => {
    const controller = new AbortController();
    const cancelled = failure(call('blocks', null, { signal: controller.signal }));
    await said('blocked');
    const before = identify(pidOf('js'));
    controller.abort();
    expect((await cancelled)['code']).toBe('CALL_CANCELLED');
    await gone(before);
    expect(await call('execute', 'next')).toBe('next');
  });

  test('that waits for another plugin, or for a lock, ends both', async () => {
    const holder = new AbortController();
    const held = failure(call('locks', { name: 'printer', hold: true }, { signal: holder.signal }));
    await said('locked');
    expect(await failure(manager.executePlugin('other', { name: 'printer' }, { action: 'locks' }))).toMatchObject({
      message: expect.stringContaining('did not get resource "printer"') as unknown,
    });
    holder.abort();
    expect((await held)['code']).toBe('CALL_CANCELLED');
    // its plugin lets go a moment after the host has given the call up
    const patient = { name: 'printer', timeout: 10_000 };
    expect(await manager.executePlugin('other', patient, { action: 'locks' })).toBe(true);
    const controller = new AbortController();
    const waiting = { plugin: 'other', action: 'waits' };
    const cancelled = failure(call('calls', waiting, { signal: controller.signal }));
    await said('waiting', 'other');
    controller.abort();
    expect((await cancelled)['code']).toBe('CALL_CANCELLED');
    expect(await call('calls', { plugin: 'other', input: 'free' })).toBe('free');
  });
});

describe('calls between languages', () => {
  test('go from JavaScript to Python, and back', async () => {
    expect(await call('calls', { plugin: 'python', action: 'answer', input: { value: [1, 2] } })).toEqual([1, 2]);
    const back = { plugin: 'js', data: { text: ' ada ' }, action: 'shout' };
    expect(await manager.executePlugin('python', back)).toEqual({ text: 'ADA' });
  });

  test('fail with the code and the data of the other side', async () => {
    const refused = await call('attempts', { plugin: 'nowhere' });
    expect(refused).toMatchObject({ isRemote: true, name: 'RemoteError', code: 'HOST_CALL_DENIED' });
    expect(
      await manager.executePlugin('python', { plugin: 'js', data: null, action: 'fails' }, { action: 'attempt' }),
    ).toMatchObject({
      code: 'PLUGIN_RAISED',
      data: { shelf: 7 },
    });
  });
});

test('hooks run in their order with those of other plugins; an audit changes nothing, and may veto', async () => {
  const { data } = await manager.hooks.run('pre_process', { seen: [] });
  expect(data).toEqual({ seen: ['adds', 'ends'], count: 5 });
  expect(await failure(manager.executeHooks('pre_process', { seen: [], forbidden: true }))).toMatchObject({
    code: 'HOOK_VETOED',
    message: expect.stringContaining('it is forbidden') as unknown,
  });
});

test('a reload brings the new file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-javascript-'));
  const write = async (answer: number): Promise<void> =>
    await writeFile(
      join(folder, 'plugin.mjs'),
      `import { definePlugin } from '@bulkhead/plugin-sdk';
       export default definePlugin({ actions: { execute: () => ${answer} } });`,
    );
  try {
    await writeFile(join(folder, 'package.json'), '{ "bulkhead": { "id": "changing" } }');
    await write(1);
    await manager.loadPlugin(folder);
    expect(await manager.executePlugin('changing')).toBe(1);
    await write(2);
    await manager.reload('changing');
    expect(await manager.executePlugin('changing')).toBe(2);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test(
  'a plugin in TypeScript is run as it is written',
  onlyIf(stripsTypes, 'this Node reads no TypeScript'),
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bulkhead-javascript-'));
    const files = {
      'package.json': '{ "type": "module", "bulkhead": { "id": "typed" } }',
      'plugin.ts': `import { definePlugin, type Context } from "@bulkhead/plugin-sdk";
      import { twice, type Text } from "./twice.ts";
      export default definePlugin({ actions: { execute: (text: Text, { log }: Context) => (log.info('typed'), twice(text)) } });`,
      'twice.ts': 'export type Text = string;\nexport const twice = (text: Text): Text => `${text}${text}`;',
    };
    try {
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
      await manager.loadPlugin(folder);
      expect(await manager.executePlugin('typed', 'read')).toBe('readread');
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

test.each([
  ['whatever it does', []],
  ['even in a loop without end', ['blocks']],
])('a killed host leaves no process behind: %s', async (_, busy) => {
  // of its own: the next host of another test would end what is left
  const home = await mkdtemp(join(tmpdir(), 'bulkhead-javascript-'));
  const program = fixture('programs/javascript-host.mjs');
  const host = spawn(process.execPath, [program, fixture('javascript.yaml'), home, ...busy], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(createInterface({ input: host.stdout }), 'line')) as [string];
    const processes = (JSON.parse(line) as number[]).map(identify);
    expect(processes).toHaveLength(2);
    host.kill('SIGKILL');
    await Promise.all(processes.map(gone));
  } finally {
    host.kill('SIGKILL');
    await rm(home, { recursive: true, force: true });
  }
});
