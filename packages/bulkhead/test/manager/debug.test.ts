import { once } from 'node:events';
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DebuggerPackage } from '../../src/environment/fetched/debugger-package.ts';
import { discoverPythons } from '../../src/environment/python/python-discovery.ts';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginStatus } from '../../src/manager/plugin-status.ts';
import { anyPython } from '../any-python.ts';
import { DapClient } from '../cli/dap-client.ts';
import { gone, identify } from '../processes.ts';
import { fixture, observed, TEST_HOME } from '../test-home.ts';
import { until } from '../until.ts';
import { CallbackWarnings } from '../warnings.ts';
import { onlyOnLinux } from '../not-run.ts';

/** Where the adapter is looked for. */
const PORTS = 'who listens on a port is read from /proc';
const FILE = fixture('plugins/is_debugged/plugin.py');

let folder: string;
let manager: PluginManager;
let lines: Record<string, unknown>[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-debug-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

afterEach(async () => {
  await manager.close();
});

/** The plugin with this much more in its registry entry. */
async function open(entry: string): Promise<void> {
  const registry = join(folder, `plugins-${Math.random()}.yaml`);
  await writeFile(registry, `plugins:\n  - { id: debugged, path: ${fixture('plugins/is_debugged')}${entry} }\n`);
  const observation = observed();
  lines = observation.lines;
  manager = await PluginManager.open(registry, observation.options);
}

// a busy machine takes long to import debugpy, and to start its adapter
describe.each(await oldestAndNewest())('on Python %s', (version) => {
  describe.each(['spawn', 'fork'])('started by %s', (start) => {
    beforeEach(async () => {
      await open(`, start: ${start}, python_version: "${version}"`);
    });

    test('a debugger attaches, stops at a line, looks at a variable and goes on', async () => {
      const told: boolean[] = [];
      const [target] = await manager.debug('debugged', { onChange: (_, attached) => told.push(attached) });
      expect(status().instances).toMatchObject([
        { pid: target?.pid, debugger: { host: '127.0.0.1', port: target?.port } },
      ]);
      await using client = await DapClient.connect('127.0.0.1', target?.port ?? 0);
      await client.attach(FILE, [12]);
      const call = manager.executePlugin('debugged', { number: 21 });
      const { thread, frame, line } = await client.stopped();
      expect(line).toBe(12);
      expect(await client.evaluate('doubled', frame)).toBe('42');
      await client.request('continue', { threadId: thread });
      expect(await call).toEqual({ doubled: 42, pid: target?.pid });
      await client.request('disconnect');
      await until(() => told.length === 2, 'the news that the debugger has left');
      expect(told).toEqual([true, false]);
      expect(await manager.executePlugin('debugged', { number: 1 })).toMatchObject({ doubled: 2 });
      expect(await manager.executePlugin('debugged', null, { action: 'modules' })).toEqual({ main: true, path: [] });
    });

    test('a debugger attaches to a call that is running', async () => {
      await manager.startPlugin('debugged');
      const go = join(folder, `go-${start}-${version}`);
      const call = manager.executePlugin('debugged', { file: go }, { action: 'loop_until' });
      const [target] = await manager.debug('debugged');
      await using client = await DapClient.connect('127.0.0.1', target?.port ?? 0);
      await client.attach(FILE, [19]);
      const { thread, frame, line } = await client.stopped();
      expect(line).toBe(19);
      expect(Number(await client.evaluate('rounds', frame))).toBeGreaterThan(0);
      await writeFile(go, '');
      await client.request('setBreakpoints', { source: { path: FILE }, breakpoints: [] });
      await client.request('continue', { threadId: thread });
      expect(await call).toBeGreaterThan(0);
    });

    test('a call that is cancelled at a breakpoint ends when it goes on, and the debugger stays', async () => {
      const [target] = await manager.debug('debugged');
      await using client = await DapClient.connect('127.0.0.1', target?.port ?? 0);
      await client.attach(FILE, [12]);
      const controller = new AbortController();
      const call = manager.executePlugin('debugged', { number: 21 }, { signal: controller.signal });
      const { thread, frame } = await client.stopped();
      controller.abort();
      await expect(call).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
      expect(await client.evaluate('doubled', frame)).toBe('42');
      await client.request('continue', { threadId: thread });
      await until(() => status().instances[0]?.state === 'idle', 'the end of the cancelled call');
      const next = manager.executePlugin('debugged', { number: 4 });
      const again = await client.stopped();
      expect(await client.evaluate('doubled', again.frame)).toBe('8');
      await client.request('continue', { threadId: again.thread });
      expect(await next).toEqual({ doubled: 8, pid: target?.pid });
      expect(lines.filter(({ stream }) => stream !== undefined)).toEqual([]);
    });
  });
});

describe('an instance that is being debugged', () => {
  test('is given time: no limit ends its calls, and health does not call it stuck', async () => {
    const limits = 'timeouts: { idle: 500ms, cancel_grace: 1ms }, recycle: { calls: 1 }';
    await open(`, ${limits} }\n  - { id: other, path: ${fixture('plugins/is_debugged')}, ${limits}`);
    await manager.startPlugin('other');
    const [target] = await manager.debug('debugged');
    await using client = await DapClient.connect('127.0.0.1', target?.port ?? 0);
    await client.attach(FILE, [12]);
    const call = manager.executePlugin('debugged', { number: 1 }, { timeout: 50 });
    const { thread } = await client.stopped();
    // the same limits have ended a call that began later
    const later = manager.executePlugin('other', { file: join(folder, 'never') }, { action: 'loop_until' });
    await expect(later).rejects.toMatchObject({ code: 'CALL_IDLE_TIMEOUT' });
    expect(status().instances).toMatchObject([{ pid: target?.pid, state: 'busy' }]);
    expect(['blocked', 'silent', 'dead']).not.toContain(status().instances[0]?.health);
    await client.request('continue', { threadId: thread });
    expect(await call).toMatchObject({ doubled: 2 });
    expect(status().instances).toMatchObject([{ pid: target?.pid, state: 'idle' }]);
  });

  test('is debugged all the same where the listener throws', async () => {
    using warnings = new CallbackWarnings();
    await open('');
    const onChange = (): never => {
      throw new Error('the window is gone');
    };
    const [target] = await manager.debug('debugged', { onChange });
    {
      await using client = await DapClient.connect('127.0.0.1', target?.port ?? 0);
      await client.attach(FILE, [12]);
      const call = manager.executePlugin('debugged', { number: 1 });
      const { thread } = await client.stopped();
      await client.request('continue', { threadId: thread });
      expect(await call).toMatchObject({ doubled: 2 });
    }
    await until(() => warnings.messages.length > 0, 'the warning');
    expect(warnings.messages).toEqual([expect.stringMatching(/onChange of debug.*the window is gone/)]);
    expect(await manager.executePlugin('debugged', { number: 2 })).toMatchObject({ doubled: 4 });
  });

  test('ends with its manager also at a breakpoint, and so does the debug adapter', onlyOnLinux(PORTS), async () => {
    await open('');
    const [target] = await manager.debug('debugged');
    const adapter = identify(await adapterOf(target?.port ?? 0));
    const plugin = identify(target?.pid ?? 0);
    await using client = await DapClient.connect('127.0.0.1', target?.port ?? 0);
    await client.attach(FILE, [12]);
    const call = manager.executePlugin('debugged', { number: 1 }).catch((error: unknown) => error);
    await client.stopped();
    await manager.close();
    expect(await call).toMatchObject({ code: 'MANAGER_CLOSED' });
    await Promise.all([gone(plugin), gone(adapter)]);
  });

  test('takes the debug adapter along when it is killed', onlyOnLinux(PORTS), async () => {
    await open('');
    const [target] = await manager.debug('debugged');
    const adapter = identify(await adapterOf(target?.port ?? 0));
    process.kill(target?.pid ?? 0, 'SIGKILL');
    await gone(adapter);
  });

  test('can be asked again, and says the same', async () => {
    await open('');
    const first = await manager.debug('debugged');
    expect(await manager.debug('debugged', { port: 1 })).toEqual(first);
  });

  test('is one of several, each with a port of its own', async () => {
    await open(', instances: 2');
    await until(() => status().instances.length === 2, 'the second instance');
    const targets = await manager.debug('debugged');
    expect(new Set(targets.map(({ port }) => port)).size).toBe(2);
    expect(targets.map(({ pid }) => pid)).toEqual(status().instances.map(({ pid }) => pid));
  });
});

describe('no debugger can attach', () => {
  test('to a port that is taken: the plugin goes on, and another port works', async () => {
    await open('');
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(manager.debug('debugged', { port })).rejects.toMatchObject({
      code: 'DEBUG_FAILED',
      message: expect.stringContaining('in use') as string,
    });
    server.close();
    expect(await manager.executePlugin('debugged', { number: 2 })).toMatchObject({ doubled: 4 });
    expect(await manager.debug('debugged')).toHaveLength(1);
  });

  test('without debugpy, which can not be fetched from an index that is not there', async () => {
    const variables = {
      ...process.env,
      PIP_CONFIG_FILE: '/dev/null',
      PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
      PIP_FIND_LINKS: '',
      PIP_NO_CACHE_DIR: '1',
      PIP_RETRIES: '0',
    };
    const python = await anyPython();
    const state = new StateFolder(join(folder, 'offline'));
    const debugpy = new DebuggerPackage({ state, variables });
    await expect(debugpy.obtain('debugged', python, new AbortController().signal)).rejects.toMatchObject({
      code: 'DEBUGGER_UNAVAILABLE',
      blame: 'environment',
      message: expect.stringContaining('debugpy') as string,
    });
    expect(await readdir(state.tools)).toEqual([]);
    expect(await readdir(state.locks.path)).toEqual([]);
  });

  test('to a plugin that is not there, and at a port that is none', async () => {
    await open('');
    await expect(manager.debug('debuged')).rejects.toMatchObject({ code: 'PLUGIN_UNKNOWN' });
    await expect(manager.debug('debugged', { port: 70_000 })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });

  test('to a plugin that a command starts, in whatever language', async () => {
    await open(', command: [never-started]');
    await expect(manager.debug('debugged')).rejects.toMatchObject({ code: 'PLUGIN_HAS_OWN_COMMAND' });
  });
});

/** The adapter has left the plugin's process group: it is found by the port that it was told to listen on, or listens on. */
async function adapterOf(port: number): Promise<number> {
  const inode = (await readFile('/proc/net/tcp', 'latin1'))
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(
      ([, local, , state]) => state === '0A' && local?.endsWith(`:${port.toString(16).toUpperCase().padStart(4, '0')}`),
    )
    ?.at(9);
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const links = await Promise.all(descriptors.map((each) => readlink(`/proc/${pid}/fd/${each}`).catch(() => '')));
    if (links.includes(`socket:[${inode}]`)) return Number(pid);
  }
  throw new Error(`nobody listens on port ${port}`);
}

function status(): PluginStatus {
  const [found] = manager.plugins();
  if (found === undefined) throw new Error('there is no plugin');
  return found;
}

/** Minor versions that this machine has; the debugger works in another way from 3.12 on. */
async function oldestAndNewest(): Promise<string[]> {
  const state = new StateFolder(TEST_HOME);
  state.ensure();
  const { pythons } = await discoverPythons(state, process.env, new AbortController().signal);
  const minors = pythons
    .filter(({ implementation, version }) => implementation === 'cpython' && /^3\.(9|1\d)\./.test(version))
    .map(({ version }) => Number(version.split('.')[1]))
    .toSorted((one, other) => one - other);
  return [...new Set([minors.at(0), minors.at(-1)])].map((minor) => `3.${minor}`);
}
