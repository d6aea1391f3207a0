import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { gone, identify } from '../processes.ts';
import { fixture, observed, TEST_HOME } from '../test-home.ts';
import { until } from '../until.ts';

let folder: string;
let manager: PluginManager | undefined;
let lines: Record<string, unknown>[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-served-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await manager?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(fault?: string, fields: object = {}): Promise<PluginManager> {
  const shop = {
    id: 'shop',
    path: fixture('plugins/any_service'),
    transport: 'go-plugin',
    command: [process.execPath, '../go_plugin/plugin.mjs', ...(fault === undefined ? [] : [fault])],
    env: { SHOP_PLUGIN: 'hello' },
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

const logged = (text: string): Record<string, unknown> | undefined => lines.find(({ msg }) => msg === text);

describe('a server of go-plugin', () => {
  test.each([undefined, 'tcp', 'no-tls', 'seventh', 'alone'])('is a plugin as it is (%s)', async (fault) => {
    const opened = await open(fault);
    await call('Put', { name: 'tea', in_stock: 3 });
    expect(await call('Get', { name: 'tea' })).toMatchObject({ name: 'tea', in_stock: 3 });
    await expect(call('Get', { name: 'milk' })).rejects.toMatchObject({ code: 'PLUGIN_RAISED' });
    expect(opened.plugins()[0]?.instances[0]).toMatchObject({ generation: 1, health: 'ready' });
  });

  test('may serve the typed service', async () => {
    const opened = await open('typed', { proto: undefined, config: {} });
    expect(await opened.executePlugin('shop', { n: [1] })).toEqual({ n: [1] });
    await opened.close();
    expect(logged('cleaned up')).toMatchObject({ plugin: 'shop' });
  });

  test('is in the log with all that it prints, and is asked to shut down', async () => {
    await open();
    await call('Put', { name: 'tea' });
    await until(() => logged('put tea') !== undefined, 'what the process prints itself');
    await until(() => logged('complained over gRPC') !== undefined, 'what it prints over gRPC');
    await manager?.close();
    expect(logged('said over gRPC')).toMatchObject({ plugin: 'shop', stream: 'stdout' });
    expect(logged('complained over gRPC')).toMatchObject({ stream: 'stderr' });
    expect(logged('without an end')).toMatchObject({ stream: 'stdout' });
    expect(logged('shuts down')).toMatchObject({ level: 40, plugin: 'shop', logger: 'shop', fields: { items: 3 } });
    expect(lines.filter(({ msg }) => String(msg).includes('|grpc|'))).toEqual([]);
  });

  test('may print more than anybody keeps', async () => {
    await open('flood');
    await call('Put', { name: 'tea' });
    await until(() => logged('the flood is over') !== undefined, 'the last line');
    expect(await call('Get', { name: 'tea' })).toMatchObject({ name: 'tea' });
  });

  test('is spoken to in a version that both have', async () => {
    await open(undefined, { protocol_versions: [1, 4] });
    await call('Put', { name: 'tea' });
    await manager?.close();
    await open('other-version', { protocol_versions: [1, 7] });
    await call('Put', { name: 'tea' });
  });

  test('ends by itself when it is asked to, and leaves no socket behind', async () => {
    vi.stubEnv('TMPDIR', folder);
    const opened = await open();
    await call('Put', { name: 'tea' });
    await opened.close();
    expect(lines.filter(({ msg }) => String(msg).includes('by force'))).toEqual([]);
    await until(async () => (await readdir(folder)).length === 1, 'the removal of all but the registry');
  });

  test('that is killed in a call costs that call an error', async () => {
    await open();
    await call('Put', { name: 'tea' });
    await expect(call('Die')).rejects.toMatchObject({ code: 'PLUGIN_CRASHED' });
    await call('Put', { name: 'tea' });
    expect(manager?.plugins()[0]?.instances[0]?.generation).toBe(2);
  });
});

test('a server whose host was killed is ended by the next host', async () => {
  const opened = await open();
  await opened.close();
  const arguments_ = [fixture('programs/host.mjs'), join(folder, 'plugins.yaml'), TEST_HOME, 'shop'];
  const host = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: host.stdout }), 'line')) as [string];
  const plugin = identify((JSON.parse(line) as { pid: number }).pid);
  host.kill('SIGKILL');
  await once(host, 'exit');
  await open();
  await gone(plugin);
});

describe('a program that is no server of go-plugin, or another one:', () => {
  test.each([
    ['core', 'PROTOCOL_MISMATCH', "version 1 of go-plugin's own protocol, the plugin 2"],
    ['other-version', 'PROTOCOL_MISMATCH', 'offers version 1 of its protocol, and it speaks 7'],
    ['netrpc', 'PROTOCOL_MISMATCH', 'it serves netrpc'],
    ['old-netrpc', 'PROTOCOL_MISMATCH', 'it serves net/rpc'],
    ['garbage', 'PROTOCOL_VIOLATION', 'is "Listening on port 8080\\\\x1b[2J"'],
    ['long', 'PROTOCOL_VIOLATION', 'is "xxxxx'],
    ['far', 'PROTOCOL_VIOLATION', 'names tcp 10.0.0.5:1234'],
    ['no-certificate', 'PROTOCOL_VIOLATION', 'the certificate in its handshake is none'],
    ['other-certificate', 'PROTOCOL_VIOLATION', 'no server of gRPC'],
    ['dies', 'PLUGIN_EXITED', 'exited with status 3'],
  ])('%s', async (fault, code, said) => {
    await open(fault);
    await expect(call('Get')).rejects.toMatchObject({ code, message: expect.stringContaining(said) as string });
  });

  test('one that never writes its handshake', async () => {
    await open('silent', { timeouts: { start: '2s' } });
    await expect(call('Get')).rejects.toMatchObject({
      code: 'PLUGIN_START_TIMEOUT',
      message: expect.stringContaining('it wrote no line to standard output') as string,
    });
  });

  test('one that nobody listens for', async () => {
    await open('elsewhere', { timeouts: { start: '2s' } });
    await expect(call('Get')).rejects.toMatchObject({ code: 'PLUGIN_START_TIMEOUT' });
  });

  test('one that does not find its cookie', async () => {
    await open(undefined, { env: { SHOP_PLUGIN: 'bye' } });
    await expect(call('Get')).rejects.toMatchObject({
      code: 'PLUGIN_EXITED',
      message: expect.stringContaining('magic cookie') as string,
      advice: expect.stringContaining('`env`') as string,
    });
  });

  test('one that serves another service', async () => {
    await open(undefined, { proto: undefined });
    await expect(call('Get')).rejects.toMatchObject({
      code: 'PROTOCOL_MISMATCH',
      advice: expect.stringContaining('`proto`') as string,
    });
  });
});
