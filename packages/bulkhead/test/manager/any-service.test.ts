import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PreciseDate } from '@bulkhead/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { fixture, observed } from '../test-home.ts';
import { until } from '../until.ts';

let folder: string;
let manager: PluginManager | undefined;
let lines: Record<string, unknown>[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-service-'));
});

afterEach(async () => {
  await manager?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(fields: object = {}): Promise<PluginManager> {
  const shop = {
    id: 'shop',
    path: fixture('plugins/any_service'),
    transport: 'grpc',
    command: [process.execPath, 'plugin.mjs'],
    proto: 'shop.proto',
    ...fields,
  };
  const file = join(folder, 'plugins.yaml');
  await writeFile(file, JSON.stringify({ plugins: [shop] }));
  const { options, lines: observedLines } = observed();
  lines = observedLines;
  manager = await PluginManager.open(file, options);
  return manager;
}

async function call(action: string, input: unknown = null, options: object = {}): Promise<unknown> {
  return await manager?.executePlugin('shop', input, { action, ...options });
}

const isLogged = (text: string): boolean => lines.some(({ msg }) => msg === text);

const EVERYTHING = {
  flag: true,
  small: -7,
  large: 2n ** 64n - 1n,
  numbers: [0.5, 2],
  inner: { a: { x: 1.5 } },
  colors: { '-9007199254740993': 'COLOR_RED' },
  color: 'COLOR_RED',
  one: { x: 0 },
  number: 0,
  maybe: '',
  json: { a: [1, null, 'b'] },
  mapping: { deep: { er: true } },
  at: new PreciseDate(Date.UTC(2026, 0, 31), 1_000),
  price: { cents: 2 ** 53 - 1, currency: 'EUR' },
};
/** What fields that were not set have, if they can't tell that. */
const UNSET = {
  flag: false,
  small: 0,
  large: 0,
  numbers: [],
  inner: {},
  colors: {},
  color: 'COLOR_NONE',
};

describe('a service of the plugin that a .proto file describes', () => {
  test('has its methods as actions, with messages as inputs and answers', async () => {
    await open();
    expect(await call('Put', { name: 'tea', picture: Buffer.from([1, 2]), in_stock: 3 })).toEqual({});
    expect(await call('Get', { name: 'tea' })).toEqual({ name: 'tea', picture: Buffer.from([1, 2]), in_stock: 3 });
    await until(() => isLogged('put tea'), 'the log');
    const chunks: unknown[] = [];
    for await (const chunk of (await call('Watch')) as AsyncIterable<unknown>) chunks.push(chunk);
    expect(chunks).toEqual([{ name: 'tea', picture: Buffer.from([1, 2]), in_stock: 3 }]);
  });

  test('takes and gives all types of fields', async () => {
    await open();
    const again = { one: { again: EVERYTHING, x: 0 } };
    expect(await call('Echo', again)).toEqual({ ...UNSET, one: { x: 0, again: EVERYTHING } });
    expect(await call('Echo', { numbers: new Float32Array([0.25]), at: '2026-01-31T00:00:00Z' })).toEqual({
      ...UNSET,
      numbers: [0.25],
      at: new Date(Date.UTC(2026, 0, 31)),
    });
    expect(await call('Echo', { color: 99, text: '' })).toEqual({ ...UNSET, color: 99, text: '' });
  });

  test('is described by its file', async () => {
    const opened = await open();
    const { actions } = (await opened.describePlugin('shop')) as { actions: Record<string, object> };
    expect(Object.keys(actions)).toEqual(['Put', 'Get', 'Watch', 'Echo', 'Wait', 'Die']);
    expect(actions).toMatchObject({
      Get: { idempotent: true, input: { type: 'object', properties: { name: { type: 'string' } } } },
      Watch: { stream: true, output: { properties: { picture: { format: 'bytes' }, in_stock: { type: 'integer' } } } },
      Echo: {
        input: {
          properties: {
            one: { $ref: '#/$defs/shop.Everything.Inner' },
            color: { enum: ['COLOR_NONE', 'COLOR_RED'] },
            inner: { type: 'object', additionalProperties: { $ref: '#/$defs/shop.Everything.Inner' } },
            at: { format: 'date-time' },
          },
          $defs: { 'shop.Everything': {}, 'money.Amount': { properties: { cents: { type: 'integer' } } } },
        },
      },
    });
  });

  test.each([
    [{ nam: 'tea' }, '$.nam', 'shop.Item has no such field; it has name, picture, in_stock'],
    [{ name: 5 }, '$.name', 'it should be text, not a number'],
    [{ picture: 'tea' }, '$.picture', 'bytes'],
    [{ in_stock: 2 ** 60 }, '$.in_stock', 'give it as a bigint'],
    [{ in_stock: 2n ** 63n }, '$.in_stock', 'no int64'],
    [{ name: '\ud800' }, '$.name', 'half of a character'],
    [new Date(0), '$', 'a mapping, as shop.Item is'],
  ])('is not sent %o, which its message has nothing for', async (input, path, said) => {
    await open();
    await expect(call('Put', input)).rejects.toMatchObject({
      code: 'INPUT_NOT_ENCODABLE',
      message: expect.stringContaining(said) as string,
      details: { path },
    });
  });

  test.each([
    [{ text: 'a', number: 1 }, 'text is set as well, and choice takes one of them'],
    [{ color: 'COLOR_BLUE' }, 'COLOR_NONE, COLOR_RED'],
    [{ colors: { red: 0 } }, 'its key is no int64'],
    [{ numbers: 5 }, 'a list'],
    [{ numbers: [1e300] }, 'too large for a float'],
    [{ inner: { a: { x: '1' } } }, 'a number, not a string'],
    [{ mapping: [] }, 'a mapping'],
    [{ at: 'soon' }, 'a Date'],
  ])('nor is %o', async (input, said) => {
    await open();
    await expect(call('Echo', input)).rejects.toMatchObject({
      code: 'INPUT_NOT_ENCODABLE',
      message: expect.stringContaining(said) as string,
    });
  });

  test('fails calls by its statuses', async () => {
    await open();
    await expect(call('Get', { name: 'tea' })).rejects.toMatchObject({
      code: 'PLUGIN_RAISED',
      message: expect.stringContaining('NOT_FOUND: there is no tea') as string,
    });
    await expect(call('Put', {})).rejects.toMatchObject({ code: 'INPUT_REJECTED' });
    await expect(call('Watch', { name: 'shop' })).rejects.toMatchObject({
      code: 'PLUGIN_RAISED',
      message: expect.stringContaining('ABORTED: shop is closed') as string,
    });
    for (const action of ['Pot', 'execute', 'Collect'])
      await expect(call(action)).rejects.toMatchObject({ code: 'ACTION_UNKNOWN' });
    await expect(call('Die')).rejects.toMatchObject({ code: 'PLUGIN_CRASHED' });
  });

  test('is cancelled by gRPC, and knows how long the caller waits', async () => {
    await open();
    const controller = new AbortController();
    const waiting = call('Wait', null, { signal: controller.signal, timeout: 60_000 });
    await until(() => isLogged('waits'), 'the call');
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    await until(() => isLogged('cancelled, with a deadline'), 'the cancel');
    expect(manager?.plugins()[0]?.instances[0]?.generation).toBe(1);
  });

  test('keeps to the limits of the registry', async () => {
    await open({ limits: { frame: '6MB' } });
    const picture = Buffer.alloc(5_000_000, 1);
    await call('Put', { name: 'large', picture });
    const got = (await call('Get', { name: 'large' })) as { picture: Buffer };
    expect(picture.equals(got.picture)).toBe(true);
    await expect(call('Put', { picture: Buffer.alloc(7_000_000) })).rejects.toMatchObject({ code: 'INPUT_TOO_LARGE' });
  });

  test('has the service in front of its actions where there are several', async () => {
    const copy = join(folder, 'shop');
    await cp(fixture('plugins/any_service'), copy, { recursive: true });
    const text = await readFile(join(copy, 'shop.proto'), 'utf8');
    await writeFile(join(copy, 'shop.proto'), `${text}\nservice Stock { rpc Count(Key) returns (Item); }\n`);
    await open({ path: copy, command: [process.execPath, join(fixture('plugins/any_service'), 'plugin.mjs')] });
    await call('Shop.Put', { name: 'tea' });
    await expect(call('Stock.Count')).rejects.toMatchObject({
      code: 'PLUGIN_RAISED',
      message: expect.stringContaining('UNIMPLEMENTED') as string,
    });
  });
});

test.each([
  ['missing.proto', undefined, 'ENOENT'],
  ['wrong.proto', 'syntax = "proto3"; servce A {}', "illegal token 'servce'"],
  ['nothing.proto', 'syntax = "proto3"; message A {}', 'it describes no service with a method'],
  ['unknown.proto', 'syntax = "proto3"; service S { rpc Get(Key) returns (Key); }', 'no such type: Key'],
  [
    'streams.proto',
    'syntax = "proto3"; service S { rpc Get(stream A) returns (A); } message A {}',
    'it describes no service with a method that takes one message',
  ],
  ['lost.proto', 'syntax = "proto3"; import "lost/and/gone.proto";', 'lost/and/gone.proto'],
])('%s keeps the plugin from running', async (proto, text, said) => {
  if (text !== undefined) await writeFile(join(folder, proto), text);
  await open({ path: folder, proto });
  await expect(call('Get')).rejects.toMatchObject({
    code: 'PROTO_INVALID',
    message: expect.stringContaining(said) as string,
  });
});

test('a file that imports a pipe does not hold the host', async () => {
  await promisify(execFile)('mkfifo', [join(folder, 'pipe.proto')]);
  await writeFile(join(folder, 'kv.proto'), 'syntax = "proto3"; import "pipe.proto"; import "not/there.proto";');
  await open({ path: folder, proto: 'kv.proto' });
  await expect(call('Get')).rejects.toMatchObject({
    code: 'PROTO_INVALID',
    message: expect.stringContaining('pipe.proto is not a regular file') as string,
  });
});
