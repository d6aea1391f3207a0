import { readdir } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as zeromq from 'zeromq';
import { pythonSdkFolder } from '../../src/languages/python/sdk-folder.ts';
import type { PluginManager } from '../../src/manager/plugin-manager.ts';
import { Opened } from '../opened.ts';
import { until } from '../until.ts';

let folder: string;
let opened: Opened | undefined;
let manager: PluginManager;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-zeromq-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await opened?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function open(fields: object): Promise<void> {
  opened = await Opened.plugins({ echo: { transport: 'zeromq', ...fields } });
  ({ manager } = opened);
}

interface About {
  readonly variables: Readonly<Record<string, string>>;
}

test('a plugin whose environment has no pyzmq is told which requirement to add', async () => {
  await open({});
  await expect(manager.executePlugin('echo')).rejects.toMatchObject({
    code: 'TRANSPORT_PACKAGE_MISSING',
    message: expect.stringContaining("No module named 'zmq'"),
    advice: expect.stringContaining('dependencies: [pyzmq]'),
    details: { side: 'plugin' },
  });
});

test('over TCP a plugin has the key of its host, its code does not, and who lacks it does no harm', async () => {
  await open({ dependencies: ['pyzmq'], address: 'tcp://127.0.0.1:*' });
  const { variables } = (await manager.executePlugin('echo', null, { action: 'about' })) as About;
  expect(Object.keys(variables).filter((name) => name.startsWith('BULKHEAD_CURVE'))).toEqual([]);
  const ports = await listening();
  const strangers = ports.map((port) => {
    const stranger = new zeromq.Dealer({ linger: 0, sendTimeout: 0 });
    stranger.connect(`tcp://127.0.0.1:${port}`);
    return stranger;
  });
  await Promise.allSettled(strangers.map((stranger) => stranger.send('garbage')));
  const answers = await Promise.all(Array.from({ length: 100 }, (_, value) => manager.executePlugin('echo', value)));
  expect(answers).toEqual(Array.from({ length: 100 }, (_, value) => value));
  for (const stranger of strangers) stranger.close();
});

test.each([{}, { address: 'tcp://127.0.0.1:*' }])(
  'a plugin that a command starts joins over ZeroMQ, with %j',
  async (address) => {
    await open({ dependencies: ['pyzmq'] });
    const { prefix = '' } = (await manager.preparePlugin('echo')).runtime;
    await opened?.[Symbol.asyncDispose]();
    const command = [join(prefix, 'bin', 'python'), 'plugin.py'];
    const env = { PYTHONPATH: pythonSdkFolder(process.env) };
    await open({ command, env, config: { shelf: 7 }, ...address });
    const about = await manager.executePlugin('echo', null, { action: 'about' });
    expect(about).toMatchObject({ config: { shelf: 7 } });
    expect(Object.keys((about as About).variables).filter((name) => name.startsWith('BULKHEAD_'))).toEqual([
      'BULKHEAD_INSTANCE',
    ]);
  },
);

test('the folder of its sockets is gone once the plugin has connected', async () => {
  await open({ dependencies: ['pyzmq'] });
  vi.stubEnv('TMPDIR', folder);
  await manager.executePlugin('echo');
  await until(async () => !(await readdir(folder)).some((name) => name.startsWith('bulkhead-')), 'its removal');
  expect(await manager.executePlugin('echo', 'still here')).toBe('still here');
});

/** Ports of this process, by the system's own list. */
async function listening(): Promise<readonly number[]> {
  const { readFile, readlink } = await import('node:fs/promises');
  const own = new Set<string>();
  for (const fd of await readdir('/proc/self/fd')) {
    const target = await readlink(`/proc/self/fd/${fd}`).catch(() => '');
    own.add(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '');
  }
  const rows = (await readFile('/proc/self/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/));
  return rows
    .filter((row) => row[3] === '0A' && own.has(row[9] ?? ''))
    .map((row) => Number.parseInt(row[1]?.split(':')[1] ?? '', 16));
}
