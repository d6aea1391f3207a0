import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StateFolder } from '../../src/environment/state-folder.ts';
import type { BulkheadError } from '../../src/errors/bulkhead-error.ts';
import { Ledger } from '../../src/launcher/ledger/ledger.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { InstanceStatus } from '../../src/manager/plugin-status.ts';
import { until } from '../until.ts';
import { onlyOnLinux } from '../not-run.ts';
import { identify, gone } from '../processes.ts';
import { fixture, observed, TEST_HOME } from '../test-home.ts';

let folder: string;
let manager: PluginManager;
let server: Server;

const LINUX = onlyOnLinux('a sandbox is made of what only Linux has');

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'bulkhead-permissions-')));
  await mkdir(join(folder, 'data'));
  await mkdir(join(folder, 'out'));
  await writeFile(join(folder, 'data', 'note'), 'read me');
  server = createServer((socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  manager = await open(`
  - { id: strict, PATH, permissions: strict, env: { OWN: own }, env_from_host: [ASKED_FOR] }
  - { id: forked, PATH, permissions: strict, start: fork }
  - id: open
    PATH
    permissions: { network: true, processes: true, read: [./data], write: [./out], env: [SOME_*] }
  - { id: missing, PATH, permissions: { read: [./nothing] } }
  - { id: limited, PATH, permissions: strict, resources: { memory: 200MiB, files: 64, cpu: 1 } }
  - { id: only_limited, PATH, resources: { memory: 200MiB, cpu: 1 } }
  - { id: counted, PATH, permissions: strict, resources: { pids: 8 } }
  - { id: part, PATH, permissions: strict, resources: { cpu: 0.5 } }
  - { id: off, PATH, permissions: strict, sandbox: off, resources: { pids: 8 } }
  - { id: free, PATH }
`);
});

afterAll(async () => {
  await manager.close();
  server.close();
  await rm(folder, { recursive: true });
});

async function open(plugins: string): Promise<PluginManager> {
  const file = join(folder, 'plugins.yaml');
  await writeFile(file, `plugins:${plugins.replaceAll('PATH', `path: ${fixture('plugins/confined')}`)}`);
  const variables = { ...process.env, ASKED_FOR: 'asked for', SOME_NAME: 'some', HIDDEN: 'hidden' };
  return await PluginManager.open(file, { ...observed().options, variables });
}

function call(plugin: string, action?: string, input?: unknown): Promise<unknown> {
  return manager.executePlugin(plugin, input ?? null, action === undefined ? {} : { action });
}

function instanceOf(plugin: string): InstanceStatus | undefined {
  return manager.plugins().find(({ id }) => id === plugin)?.instances[0];
}

async function failure(plugin: string, action?: string, input?: unknown): Promise<BulkheadError> {
  return await call(plugin, action, input).then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error as BulkheadError,
  );
}

describe.each(['strict', 'forked'])('%s:', (plugin) => {
  test('temporary files, copies, threads and event loops work', LINUX, async () => {
    const done = (await call(plugin, 'everyday')) as { readonly scratch: string };
    expect(done).toMatchObject({
      mode: 0o600,
      modified: 2,
      threads: 1,
      loop: 'turned',
      processors: expect.any(Number),
      itself: expect.stringContaining('Does what plugins do'),
    });
    expect(done.scratch).toContain(join(TEST_HOME, 'scratch'));
  });

  test('a call that waits can be cancelled', LINUX, async () => {
    const pid = await call(plugin);
    const controller = new AbortController();
    const sleeping = manager.executePlugin(plugin, null, { action: 'sleep', signal: controller.signal });
    await until(() => instanceOf(plugin)?.inFlight === 1, 'a call in flight');
    controller.abort();
    await expect(sleeping).rejects.toMatchObject({ name: 'AbortError' });
    expect(await call(plugin)).toBe(pid);
  });

  test('its status says which gates are closed', LINUX, async () => {
    await call(plugin);
    expect(instanceOf(plugin)?.sandbox).toEqual({ landlock: expect.any(Number), seccomp: true, limits: true });
  });
});

test('it sees the variables that its entry names, and none of the others', LINUX, async () => {
  const seen = (await call('strict', 'variables')) as Record<string, string>;
  expect(Object.keys(seen).sort()).toEqual(
    [
      'ASKED_FOR',
      'BULKHEAD_INSTANCE',
      'HOME',
      'LC_CTYPE',
      'OWN',
      'PATH',
      'PIP_REQUIRE_VIRTUALENV',
      'TMPDIR',
      'VIRTUAL_ENV',
    ].filter((name) => name in seen || name !== 'LC_CTYPE'),
  );
  expect(seen['PATH']?.split(':').slice(1)).toEqual(['/usr/local/bin', '/usr/bin', '/bin']);
  expect(await call('open', 'variables')).toMatchObject({ SOME_NAME: 'some' });
});

test('each permission opens what it names', LINUX, async () => {
  expect(await call('open', 'read', { path: join(folder, 'data', 'note') })).toBe('read me');
  await call('open', 'write', { path: join(folder, 'out', 'note') });
  expect(await call('open', 'read', { path: join(folder, 'out', 'note') })).toBe('written');
  expect(await call('open', 'run')).toBe('1\n');
  await call('open', 'connect', { port: (server.address() as AddressInfo).port });
  await expect(call('open', 'write', { path: join(folder, 'data', 'note') })).rejects.toMatchObject({
    code: 'PLUGIN_RAISED',
  });
});

test.each([
  ['read', { path: '/etc/passwd' }, 'read: [/etc/passwd]'],
  ['write', { path: '/tmp/anything' }, 'read: [/tmp/anything]'],
  ['connect', { port: 1 }, 'network: true'],
  ['fetch', { url: 'http://example.org' }, 'network: true'],
  ['run', undefined, 'processes: true'],
])('the error of "%s" names the permission that it lacks', LINUX, async (action, input, line) => {
  const error = await failure('strict', action, input);
  expect(error).toMatchObject({ code: 'PLUGIN_RAISED', blame: 'plugin' });
  expect(error.advice).toContain(line);
});

test('without a sandbox such an error says nothing of permissions', LINUX, async () => {
  const { advice } = await failure('free', 'read', { path: '/root/nowhere/at/all' });
  expect(advice).not.toContain('sandbox');
});

test('what is to be read has to be there, or the plugin does not start', LINUX, async () => {
  const error = await failure('missing');
  expect(error).toMatchObject({ code: 'SANDBOX_UNAVAILABLE', blame: 'environment' });
  expect(error.message).toContain(join(folder, 'nothing'));
});

test('an overrun is told as the limit that it met', LINUX, async () => {
  expect(await failure('limited', 'take', { size: 400_000_000 })).toMatchObject({
    code: 'MEMORY_LIMIT_EXCEEDED',
    message: 'Plugin "limited" ran into its memory limit of 200 MiB.',
    blame: 'plugin',
  });
  expect(await failure('limited', 'open_many', { count: 100 })).toMatchObject({
    code: 'FILES_LIMIT_EXCEEDED',
    message: 'Plugin "limited" ran into its limit of 64 open files.',
  });
  expect(await call('limited', 'take', { size: 1_000_000 })).toBe(1_000_000);
  const crash = await failure('limited', 'crash');
  expect(crash.code).toBe('PLUGIN_CRASHED');
  expect(crash.advice).toContain('memory limit of 200 MiB');
});

test('limits hold without permissions, too', LINUX, async () => {
  expect(await failure('only_limited', 'take', { size: 400_000_000 })).toMatchObject({ code: 'MEMORY_LIMIT_EXCEEDED' });
  expect(await call('only_limited', 'processors')).toBe(1);
  expect(await call('only_limited', 'read', { path: '/etc/passwd' })).toContain('root');
});

test.each([
  ['counted', 'pids'],
  ['part', 'cpu'],
])('a limit that can not be enforced keeps the plugin "%s" from running', LINUX, async (plugin, limit) => {
  expect(await failure(plugin)).toMatchObject({ code: 'LIMIT_UNAVAILABLE', details: { limit } });
});

test('sandbox: off runs it without, in so many words', LINUX, async () => {
  expect(await call('off', 'read', { path: '/etc/passwd' })).toContain('root');
  expect(instanceOf('off')?.sandbox).toBeUndefined();
});

test('a debugger is kept out, in words', LINUX, async () => {
  const error = await manager.debug('strict').then(
    () => expect.unreachable('it should have failed'),
    (thrown: unknown) => thrown as BulkheadError,
  );
  expect(error).toMatchObject({ code: 'DEBUG_FAILED' });
  expect(error.advice).toContain('sandbox: off');
});

test('the scratch folder goes with its process', LINUX, async () => {
  await using other = await open('\n  - { id: strict, PATH, permissions: strict }\n');
  const { scratch } = (await other.executePlugin('strict', null, { action: 'everyday' })) as { scratch: string };
  expect(await readdir(scratch)).not.toEqual([]);
  await other.close();
  expect(existsSync(scratch)).toBe(false);
});

test('a host that is killed leaves no plugin, and the next one removes its scratch folders', LINUX, async () => {
  const registry = join(folder, 'killed.yaml');
  await writeFile(
    registry,
    `plugins:\n  - { id: strict, path: ${fixture('plugins/confined')}, permissions: strict }\n`,
  );
  const host = spawn(process.execPath, [fixture('programs/host.mjs'), registry, TEST_HOME, 'strict'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(host.stdout, 'data')) as [Buffer];
  const { pid } = JSON.parse(String(line).split('\n')[0] ?? '') as { pid: number };
  const plugin = identify(pid);
  host.kill('SIGKILL');
  await once(host, 'exit');
  await gone(plugin);
  const state = new StateFolder(TEST_HOME);
  const machine = join(state.scratch, dirname(new Ledger(state.instances).hostPath));
  const left = (await readdir(machine)).filter((name) => name.startsWith(`${host.pid}-`));
  expect(left).toHaveLength(1);
  await using next = await PluginManager.open(registry, observed().options);
  await next.close();
  expect((await readdir(machine)).filter((name) => name.startsWith(`${host.pid}-`))).toEqual([]);
});
