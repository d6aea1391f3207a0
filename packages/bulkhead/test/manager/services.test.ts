import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import * as zeromq from 'zeromq';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { fixture, observed } from '../test-home.ts';
import { until } from '../until.ts';

/** What a service of the fixtures answers. */
interface Answer {
  readonly action: string | null;
  readonly data: unknown;
}

const EXPECTED = 'expected {"status": "success", "result": …} or {"status": "error", "error": …}';

describe('a REP loop without the SDK', () => {
  let manager: PluginManager;

  beforeAll(async () => {
    manager = await PluginManager.open(fixture('services.yaml'), observed().options);
  });

  afterAll(async () => {
    await manager.close();
  });

  const call = async (data: unknown, plugin = 'rep'): Promise<unknown> => await manager.executePlugin(plugin, data);

  test('is a plugin as it stands', async () => {
    expect(await call({ rows: [1, 2.5, 'three', null, true] })).toEqual({
      action: null,
      data: { rows: [1, 2.5, 'three', null, true] },
    });
    expect(await call(new Date(0))).toEqual({ action: null, data: '1970-01-01T00:00:00.000Z' });
    const described = await manager.describePlugin('rep');
    expect(Object.keys(described.actions)).toEqual(['execute']);
  });

  test('is told the action that is called, where that is another one', async () => {
    expect(await manager.executePlugin('rep', 1, { action: 'sum' })).toEqual({ action: 'sum', data: 1 });
  });

  test('answers calls at the same time one after the other, each by its own answer', async () => {
    const answers = (await Promise.all(Array.from({ length: 50 }, (_, data) => call(data)))) as Answer[];
    expect(answers.map(({ data }) => data)).toEqual(Array.from({ length: 50 }, (_, data) => data));
  });

  test.each([
    ['fail', { code: 'PLUGIN_RAISED', message: expect.stringContaining('no such model') }],
    ['raise', { code: 'PLUGIN_RAISED', context: { remoteType: 'KeyError', remoteTraceback: 'Traceback ...' } }],
    [
      'text',
      { code: 'SERVICE_ANSWER_INVALID', message: expect.stringContaining('12 bytes that are no JSON: "I am no') },
    ],
    ['bare', { code: 'SERVICE_ANSWER_INVALID', message: expect.stringContaining(`{"ok":true}; ${EXPECTED}`) }],
    ['parts', { code: 'SERVICE_ANSWER_INVALID', message: expect.stringContaining('other parts than a REP socket') }],
    ['huge', { code: 'PLUGIN_DISCONNECTED', message: expect.stringContaining('more than 1000000 bytes') }],
  ])('that answers %s fails that call only', async (data, error) => {
    await expect(call(data)).rejects.toMatchObject(error);
    expect(await call('next')).toMatchObject({ data: 'next' });
  });

  test.each([
    ['bytes', { rows: [new Uint8Array(1)] }, '$.rows[0]'],
    ['NaN', { NaN }, '$.NaN'],
    ['a BigInt', 1n, '$'],
    ['a Map', new Map(), '$'],
    ['a circle', circle(), '$.own'],
  ])('is sent nothing that JSON would change: %s', async (_, input, path) => {
    const refused = { code: 'INPUT_NOT_ENCODABLE', details: { path: expect.stringContaining(path) } };
    await expect(call(input)).rejects.toMatchObject(refused);
  });

  test('that dies in a call costs that call an error, and is started again', async () => {
    await expect(call('die')).rejects.toMatchObject({ code: 'PLUGIN_CRASHED' });
    expect(await call('again')).toMatchObject({ data: 'again' });
  });

  test('that takes too long is replaced, as it can not be told to stop', async () => {
    const late = manager.executePlugin('rep', { sleep: 60 }, { timeout: 100 });
    await expect(late).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    expect(await call('again')).toMatchObject({ data: 'again' });
  });

  test('runs in as many instances as the registry says', async () => {
    const answers = (await Promise.all([0, 1].map(() => call({ sleep: 0.5 }, 'two')))) as { pid: number }[];
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(2);
  });

  test('may speak MessagePack, which carries bytes and large integers', async () => {
    const data = { bytes: new Uint8Array([0, 255]), large: 2n ** 63n, when: 'now' };
    expect(await call(data, 'packed')).toEqual(data);
    const invalid = { code: 'SERVICE_ANSWER_INVALID', message: expect.stringContaining('are no MessagePack') };
    await expect(call('json', 'packed')).rejects.toMatchObject(invalid);
    const typed = { code: 'INPUT_NOT_ENCODABLE', details: { path: '$.rows[1]' } };
    await expect(call({ rows: [1, new Set()] }, 'packed')).rejects.toMatchObject(typed);
  });
});

describe('a service at an address', () => {
  let folder: string;
  let manager: PluginManager | undefined;
  let child: ChildProcess | undefined;
  let server: Server | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulkhead-services-'));
  });

  afterEach(async () => {
    await manager?.close();
    child?.kill('SIGKILL');
    server?.close();
    manager = child = server = undefined;
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  const written = async (fields: string): Promise<string> => {
    const registry = join(folder, 'plugins.yaml');
    const path = fixture('plugins/rep_service');
    await writeFile(registry, `plugins: [{ id: rep, path: ${path}, transport: zeromq, pattern: rep, ${fields} }]`);
    return registry;
  };

  const opened = async (fields: string): Promise<PluginManager> => {
    const registry = await written(fields);
    manager = await PluginManager.open(registry, observed().options);
    return manager;
  };

  /** Starts the loop as somebody else would; answers once it has printed that it is bound. */
  const run = async (python: string, address: string): Promise<void> => {
    child = spawn(python, [fixture('plugins/rep_service/plugin.py')], {
      env: { ...process.env, BULKHEAD_ADDRESS: address },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout as NodeJS.ReadableStream, 'data');
  };

  test('is connected to, found again after its death, and never ended', async () => {
    const address = `ipc://${folder}/service`;
    const python = await pythonWithZeromq();
    await run(python, address);
    const host = await opened(`address: "${address}"`);
    expect(await host.executePlugin('rep', 'first')).toMatchObject({ data: 'first' });
    const lost = {
      code: 'PLUGIN_DISCONNECTED',
      message: expect.stringContaining('the service closed the connection while it had a request, or what it answered'),
      advice: expect.not.stringContaining('file descriptor'),
    };
    await expect(host.executePlugin('rep', 'die')).rejects.toMatchObject(lost);
    await run(python, address);
    expect(await host.executePlugin('rep', 'second')).toMatchObject({ data: 'second' });
    await host.close();
    expect(child?.exitCode).toBe(null);
    await using other = await opened(`address: "${address}"`);
    expect(await other.executePlugin('rep', 'third')).toMatchObject({ data: 'third' });
  });

  test('that nobody runs is an error that names the address', async () => {
    const host = await opened(`address: "ipc://${folder}/nobody"`);
    const error = { code: 'SERVICE_UNREACHABLE', message: expect.stringContaining('/nobody: nothing listens there') };
    await expect(host.executePlugin('rep', 1)).rejects.toMatchObject(error);
  });

  test('that speaks another protocol is an error that says so', async () => {
    server = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const host = await opened(`address: "tcp://127.0.0.1:${port}"`);
    const error = { code: 'SERVICE_UNREACHABLE', message: expect.stringContaining('does not speak ZeroMQ') };
    await expect(host.executePlugin('rep', 1)).rejects.toMatchObject(error);
  });

  test('that is another kind of socket is an error that says so', async () => {
    const subscriber = new zeromq.Subscriber();
    await subscriber.bind(`ipc://${folder}/service`);
    const host = await opened(`address: "ipc://${folder}/service"`);
    const error = { code: 'SERVICE_UNREACHABLE', message: expect.stringContaining('of another kind than REP') };
    await expect(host.executePlugin('rep', 1)).rejects.toMatchObject(error);
    subscriber.close();
  });

  test('is spoken to under its key, and not in the clear', async () => {
    const { publicKey, secretKey } = zeromq.curveKeyPair();
    const service = new zeromq.Reply({ curveServer: true, curveSecretKey: secretKey });
    await service.bind('tcp://127.0.0.1:*');
    void (async () => {
      for await (const _ of service) await service.send('{"status": "success", "result": "secret"}');
    })();
    const address = String(service.lastEndpoint);
    const host = await opened(`address: "${address}", curve: { server_key: '${publicKey.replaceAll("'", "''")}' }`);
    expect(await host.executePlugin('rep', 1)).toBe('secret');
    await host.close();
    const clear = await opened(`address: "${address}"`);
    const error = { code: 'SERVICE_UNREACHABLE', message: expect.stringContaining('refuses this host') };
    await expect(clear.executePlugin('rep', 1)).rejects.toMatchObject(error);
    await clear.close();
    // as somebody does who takes one half of the pair for the other
    const swapped = await opened(`address: "${address}", curve: { server_key: '${secretKey.replaceAll("'", "''")}' }`);
    const other = { code: 'SERVICE_UNREACHABLE', message: expect.stringContaining('or has another key than `curve`') };
    await expect(swapped.executePlugin('rep', 1)).rejects.toMatchObject(other);
    service.close();
  });

  test('that knows its clients lets the host in by its key, and nobody else', async () => {
    const [server, known, unknown] = [zeromq.curveKeyPair(), zeromq.curveKeyPair(), zeromq.curveKeyPair()];
    child = spawn(await pythonWithZeromq(), [fixture('programs/guarded-service.py')], {
      env: { ...process.env, CLIENT_PUBLIC_KEY: known.publicKey, SERVER_SECRET_KEY: server.secretKey },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [address] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const serverKey = server.publicKey.replaceAll("'", "''");
    const fields = (key: string): string =>
      `address: "${String(address).trim()}", curve: { server_key: '${serverKey}'${key} }`;
    const byKey = fields(', client_secret_key: "${env:GUARDED_KEY}"');
    vi.stubEnv('GUARDED_KEY', known.secretKey);
    const host = await opened(byKey);
    expect(await host.executePlugin('rep', 'let in')).toBe('let in');
    await host.close();
    const refused = { code: 'SERVICE_UNREACHABLE', message: expect.stringContaining('refuses this host') };
    vi.stubEnv('GUARDED_KEY', unknown.secretKey);
    const stranger = await opened(byKey);
    await expect(stranger.executePlugin('rep', 1)).rejects.toMatchObject(refused);
    await stranger.close();
    const nobody = await opened(fields(''));
    await expect(nobody.executePlugin('rep', 1)).rejects.toMatchObject(refused);
  });

  describe('that binds by itself is reloaded', () => {
    const pidOf = async (host: PluginManager): Promise<number> =>
      ((await host.executePlugin('rep', { sleep: 0 })) as { pid: number }).pid;
    /** One call that runs and two that wait. */
    const threeCalls = (host: PluginManager): Promise<unknown[]> =>
      Promise.all([{ sleep: 0.3 }, 'second', 'third'].map((data) => host.executePlugin('rep', data)));

    test('by starting the new one when the old one has gone; calls wait meanwhile', async () => {
      const host = await opened(`binds: "ipc://${folder}/fixed", dependencies: [pyzmq]`);
      const before = await pidOf(host);
      const calls = threeCalls(host);
      const report = await host.reload('rep');
      expect(report).toMatchObject({ before: { generation: 1 }, after: { generation: 2 } });
      expect(await calls).toMatchObject([{ pid: before }, { data: 'second' }, { data: 'third' }]);
      expect(await pidOf(host)).not.toBe(before);
    });

    test('or serves again as it was, where the new one does not start; no call is lost', async () => {
      const fields = `binds: "ipc://${folder}/fixed", dependencies: [pyzmq]`;
      const host = await opened(fields);
      const before = await pidOf(host);
      const calls = threeCalls(host);
      await written(`${fields}, env: { DOES_NOT_START: 'true' }`);
      const error = {
        code: 'PLUGIN_EXITED',
        context: { servesAgain: 'the version before (generation 3)' },
        message: expect.stringContaining('It was not reloaded: the version before (generation 3) serves again.'),
      };
      await expect(host.reload('rep')).rejects.toMatchObject(error);
      expect(await calls).toMatchObject([{ pid: before }, { data: 'second' }, { data: 'third' }]);
      expect(await pidOf(host)).not.toBe(before);
      await written(fields);
      expect(await host.reload('rep')).toMatchObject({ after: { generation: 4 } });
    });
  });

  test('is not started where something listens already', async () => {
    server = createServer().listen(join(folder, 'taken'));
    await once(server, 'listening');
    const host = await opened(`binds: "ipc://${folder}/taken", dependencies: [pyzmq]`);
    await expect(host.executePlugin('rep', 1)).rejects.toMatchObject({ code: 'SERVICE_ADDRESS_TAKEN' });
  });
});

/** The interpreter of an environment that a test before this one has made. */
async function pythonWithZeromq(): Promise<string> {
  await using manager = await PluginManager.open(fixture('services.yaml'), observed().options);
  const { prefix } = (await manager.preparePlugin('rep')).runtime;
  return await until(() => prefix && join(prefix, 'bin', 'python'), 'an environment');
}

function circle(): unknown {
  const value: Record<string, unknown> = {};
  value['own'] = value;
  return value;
}
