import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StateFolder } from '../../src/environment/state-folder.ts';
import type { BulkheadError } from '../../src/errors/bulkhead-error.ts';
import { KeptProcess } from '../../src/launcher/process/kept-process.ts';
import { Ledger } from '../../src/launcher/ledger/ledger.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { InstanceStatus } from '../../src/manager/plugin-status.ts';
import { until } from '../until.ts';
import { onlyOnLinux } from '../not-run.ts';
import { identifyProcess, type ProcessIdentity } from '../../src/lifecycle/process-identity.ts';
import { identify, gone } from '../processes.ts';
import { KINDS, optionsOfKinds } from './kinds.ts';
import { fixture, observed, TEST_HOME } from '../test-home.ts';

let folder: string;
let manager: PluginManager;
let server: Server;

const LINUX = onlyOnLinux('a sandbox is made of what only Linux has');
const KIND = await optionsOfKinds();

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'bulkhead-permissions-')));
  await mkdir(join(folder, 'data'));
  await mkdir(join(folder, 'out'));
  await writeFile(join(folder, 'data', 'note'), 'read me');
  await symlink(TEST_HOME, join(folder, 'link'));
  server = createServer((socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  manager = await open(`${KINDS.map(entriesOf).join('')}
  - { id: missing, PATH, permissions: { read: [./nothing] } }
  - { id: shared, PATH, permissions: { write: [./link/environments] } }
  - { id: only_limited, PATH, resources: { memory: 200MiB, cpu: 1 } }
  - { id: off, PATH, permissions: strict, sandbox: off, resources: { pids: 8 } }
  - { id: free, PATH }
  - { id: sized, PATH, permissions: { processes: true }, resources: { disk: 1MiB } }
`);
});

function entriesOf(kind: string): string {
  return `
  - { id: strict_${kind}, PATH, permissions: strict, sandbox: ${kind}, env: { OWN: own }, env_from_host: [ASKED_FOR] }
  - { id: forked_${kind}, PATH, permissions: strict, sandbox: ${kind}, start: fork }
  - id: open_${kind}
    PATH
    sandbox: ${kind}
    permissions: { network: true, processes: true, read: [./data], write: [./out], env: [SOME_*] }
  - { id: limited_${kind}, PATH, permissions: strict, sandbox: ${kind}, resources: { memory: 200MiB, files: 64, cpu: 1 } }`;
}

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

/** Those that have a folder as their working directory. */
async function processesWith(directory: string): Promise<ProcessIdentity[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const places = await Promise.all(pids.map(async (pid) => await readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return pids.filter((_, index) => places[index] === directory).map((pid) => identify(Number(pid)));
}

async function failure(plugin: string, action?: string, input?: unknown): Promise<BulkheadError> {
  return await call(plugin, action, input).then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error as BulkheadError,
  );
}

describe.each(KINDS)('a sandbox of the kind %s', (kind) => {
  const options = KIND[kind];

  describe.each(['strict', 'forked'])('%s:', (how) => {
    const plugin = `${how}_${kind}`;

    test('temporary files, copies, threads and event loops work', options, async () => {
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

    test('a call that waits can be cancelled', options, async () => {
      await call(plugin);
      const before = instanceOf(plugin)?.pid;
      const controller = new AbortController();
      const sleeping = manager.executePlugin(plugin, null, { action: 'sleep', signal: controller.signal });
      await until(() => instanceOf(plugin)?.inFlight === 1, 'a call in flight');
      controller.abort();
      await expect(sleeping).rejects.toMatchObject({ name: 'AbortError' });
      await call(plugin);
      expect(instanceOf(plugin)?.pid).toBe(before);
    });

    test('its status says which gates are closed', options, async () => {
      await call(plugin);
      const closed = { landlock: expect.any(Number), seccomp: true, limits: true, namespaces: kind === 'full' };
      expect(instanceOf(plugin)?.sandbox).toEqual(closed);
    });

    test('the host knows the process that its code runs in', options, async () => {
      await call(plugin);
      const shown = identify(instanceOf(plugin)?.pid ?? 0);
      // A fork has no keeper of its own.
      const hasKeeper = kind === 'full' && how === 'strict';
      const kept = new KeptProcess(shown, true);
      expect(kept.isInside).toBe(hasKeeper);
      expect(kept.identity.pid === shown.pid).toBe(!hasKeeper);
      if (hasKeeper) process.kill(shown.pid, 'SIGTERM'); // which is meant for the plugin, so the keeper stays
      expect(await readFile(`/proc/${kept.identity.pid}/status`, 'utf8')).toMatch(
        kind === 'full' ? /^NSpid:(?:\t\d+)+\t\d+$/m : /^NSpid:/m,
      );
      await call(plugin);
      expect(instanceOf(plugin)?.pid).toBe(shown.pid);
    });

    test('the host learns how it ended, and shows a process that it knows itself', options, async () => {
      await call(plugin);
      expect(identifyProcess(instanceOf(plugin)?.pid ?? 0)).toBeDefined();
      const crashed = await failure(plugin, 'crash');
      expect(crashed).toMatchObject({ code: 'PLUGIN_CRASHED', message: expect.stringContaining('SIGABRT') });
      const left = await failure(plugin, 'leave', { status: 7 });
      expect(left.message).toContain('status 7');
    });
  });

  test('it sees the variables that its entry names, and none of the others', options, async () => {
    const seen = (await call(`strict_${kind}`, 'variables')) as Record<string, string>;
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
    expect(await call(`open_${kind}`, 'variables')).toMatchObject({ SOME_NAME: 'some' });
  });

  test('each permission opens what it names', options, async () => {
    const plugin = `open_${kind}`;
    expect(await call(plugin, 'read', { path: join(folder, 'data', 'note') })).toBe('read me');
    await call(plugin, 'write', { path: join(folder, 'out', 'note') });
    expect(await readFile(join(folder, 'out', 'note'), 'utf8')).toBe('written');
    expect(await call(plugin, 'run')).toBe('1\n');
    await call(plugin, 'connect', { port: (server.address() as AddressInfo).port });
    const error = await failure(plugin, 'write', { path: join(folder, 'data', 'note') });
    expect(error.advice).toContain(`[${join(folder, 'data', 'note')}]`);
  });

  test.each([
    ['read', { path: '/etc/passwd' }, 'read: [/etc/passwd]'],
    ['write', { path: '/usr/lib/anything' }, '[/usr/lib/anything]'],
    ['connect', { port: 1 }, 'network: true'],
    ['fetch', { url: 'http://example.org' }, 'network: true'],
    ['run', undefined, 'processes: true'],
  ])('the error of "%s" names the permission that it lacks', options, async (action, input, line) => {
    const error = await failure(`strict_${kind}`, action, input);
    expect(error).toMatchObject({ code: 'PLUGIN_RAISED', blame: 'plugin' });
    expect(error.advice).toContain(line);
  });

  test('an overrun is told as the limit that it met', options, async () => {
    const plugin = `limited_${kind}`;
    expect(await failure(plugin, 'take', { size: 400_000_000 })).toMatchObject({
      code: 'MEMORY_LIMIT_EXCEEDED',
      message: `Plugin "${plugin}" ran into its memory limit of 200 MiB.`,
      blame: 'plugin',
    });
    expect(await failure(plugin, 'open_many', { count: 100 })).toMatchObject({
      code: 'FILES_LIMIT_EXCEEDED',
      message: `Plugin "${plugin}" ran into its limit of 64 open files.`,
    });
    expect(await call(plugin, 'take', { size: 1_000_000 })).toBe(1_000_000);
    const crash = await failure(plugin, 'crash');
    expect(crash.code).toBe('PLUGIN_CRASHED');
    expect(crash.advice).toContain('memory limit of 200 MiB');
  });

  test('what it leaves running ends with it', options, async () => {
    const { scratch } = (await call(`open_${kind}`, 'leave_behind')) as { readonly scratch: string };
    const left = await processesWith(scratch);
    expect(left).toHaveLength(1);
    process.kill(instanceOf(`open_${kind}`)?.pid ?? 0, 'SIGKILL');
    await gone(left[0] as ProcessIdentity);
  });
});

test('a limit for the scratch folder holds, there and in /tmp', KIND.full, async () => {
  expect(await failure('sized', 'fill', { bytes: 2_000_000 })).toMatchObject({
    code: 'DISK_LIMIT_EXCEEDED',
    message: 'Plugin "sized" ran into its disk limit of 1 MiB.',
  });
  // a state folder below /tmp keeps that from being the scratch folder, too
  expect(await call('sized', 'same_scratch')).toBe(!TEST_HOME.startsWith('/tmp/'));
});

test('it may not write where lies what other plugins run', LINUX, async () => {
  const error = await failure('shared');
  expect(error).toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
  expect(error.message).toContain(TEST_HOME);
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

test('limits hold without permissions, too', LINUX, async () => {
  expect(await failure('only_limited', 'take', { size: 400_000_000 })).toMatchObject({ code: 'MEMORY_LIMIT_EXCEEDED' });
  expect(await call('only_limited', 'processors')).toBe(1);
  expect(await call('only_limited', 'read', { path: '/etc/passwd' })).toContain('root');
});

test('sandbox: off runs it without, in so many words', LINUX, async () => {
  expect(await call('off', 'read', { path: '/etc/passwd' })).toContain('root');
  expect(instanceOf('off')?.sandbox).toBeUndefined();
});

test('a debugger is kept out, in words', LINUX, async () => {
  const error = await manager.debug('strict_floor').then(
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
