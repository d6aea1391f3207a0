import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isRootless } from '../../src/engine/container-engine.ts';
import { inspectEngine } from '../../src/engine/inspect-engine.ts';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { runningProcesses } from '../../src/manager/running-processes.ts';
import { askEngine, engineOf, imageOf, onlyWith, testEngine } from '../container-engine.ts';
import { onlyIf } from '../not-run.ts';
import { loadEmptyImage } from '../odd-images.ts';
import { fixture, observed, TEST_HOME } from '../test-home.ts';
import { until } from '../until.ts';

const found = await testEngine();
const facts = typeof found === 'string' ? undefined : await engineOf(found).facts(AbortSignal.timeout(10_000));
const canLimit = facts?.MemoryLimit === true;
const onlyWithLimits = onlyIf(canLimit, 'this engine can limit nothing');

/** What the docker tier adds; that it does all that the process tier does is in supervision.test.ts. */
describe('a plugin in a container', onlyWith(found), () => {
  const { options, lines } = observed();
  let folder: string;
  let manager: PluginManager;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulkhead-containers-'));
    await Promise.all(['to_read', 'to_write'].map((name) => mkdir(join(folder, name), { mode: 0o777 })));
    await writeFile(join(folder, 'to_read', 'book'), 'once upon a time');
    const limits = (text: string): string => (canLimit ? `, resources: { ${text} }` : '');
    const tries = `path: ${fixture('plugins/tries')}, isolation: docker, image: "${imageOf(found)}"`;
    await writeFile(
      join(folder, 'plugins.yaml'),
      `plugins:
  - { id: closed, ${tries}${limits('memory: 96MiB, cpu: 10000, pids: 40')}, env: { GIVEN: this } }
  - { id: memory, ${tries}${limits('memory: 96MiB')} }
  - { id: opened, ${tries}, permissions: { network: true, read: [to_read], write: [to_write] } }
  - { id: paused, ${tries}, timeouts: { call: 1s, cancel_grace: 1s } }
  - { id: outside, ${tries} }
  - { id: fresh, ${tries} }
  - { id: no_such_image, path: ${fixture('plugins/tries')}, isolation: docker, image: "localhost/bulkhead-test/never-made:1" }
  - { id: no_image, path: ${fixture('plugins/tries')}, isolation: docker }
  - { id: empty, path: ${fixture('plugins/tries')}, isolation: docker, image: "localhost/bulkhead-test/empty:1" }
  - { id: foreign, path: ${fixture('plugins/tries')}, isolation: docker, image: "localhost/bulkhead-test/foreign:1" }
  - { id: other_python, ${tries}, python_version: "3.99" }
  - { id: no_such_folder, ${tries}, permissions: { read: [never_made] } }
  - { id: limited, ${tries}, resources: { memory: 1MiB } }
  - { id: raises, path: ${fixture('plugins/fails_to_import')}, isolation: docker, image: "${imageOf(found)}" }
`,
    );
    await loadEmptyImage(found, 'localhost/bulkhead-test/empty:1', process.arch === 'x64' ? 'amd64' : process.arch);
    await loadEmptyImage(found, 'localhost/bulkhead-test/foreign:1', 's390x');
    manager = await PluginManager.open(join(folder, 'plugins.yaml'), options);
  });

  afterAll(async () => {
    await manager?.close();
    await rm(folder, { recursive: true });
  });

  const raising = async (plugin: string, code: string): Promise<unknown> =>
    await manager.executePlugin(plugin, code, { action: 'raising' });
  const tried = async (plugin: string, code: string): Promise<unknown> => await manager.executePlugin(plugin, code);

  test('is nobody in particular, without any power', async () => {
    const status = await tried('closed', 'seen = open("/proc/self/status").read()');
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).toMatch(/^CapBnd:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
    const own = process.getuid?.() === 0 ? 65_534 : process.getuid?.();
    const user = facts !== undefined && isRootless(facts) ? 0 : own; // who is root inside is this user outside
    expect(await tried('closed', 'import os; seen = [os.getuid(), os.getgid()]')).toEqual([user, expect.any(Number)]);
  });

  test.each(['/', '/plugin', '/opt/bulkhead/sdk', '/opt/bulkhead/bytecode', '/run/bulkhead'])(
    'can not write to %s',
    async (path) => {
      expect(await tried('closed', `open("${path}/planted", "w")`)).toMatch(
        /Read-only file system|Permission denied|No such file/,
      );
    },
  );

  test('can write to /tmp, and run what it has written', async () => {
    const code = `
import os, subprocess
with open("/tmp/script", "w") as file: file.write("#!/bin/sh\\necho it runs")
os.chmod("/tmp/script", 0o700)
seen = [os.environ["HOME"], subprocess.check_output(["/tmp/script"]).decode().strip()]`;
    expect(await tried('closed', code)).toEqual(['/tmp', 'it runs']);
  });

  test('sees no variable of the host but those that it is given, and no process of it', async () => {
    process.env['A_SECRET_OF_THE_HOST'] = 'hush';
    const seen = await tried(
      'closed',
      'import os; seen = [dict(os.environ), sorted(filter(str.isdigit, os.listdir("/proc")))]',
    );
    const [variables, processes] = seen as [Record<string, string>, string[]];
    expect(variables).toMatchObject({ GIVEN: 'this' });
    expect(Object.values(variables)).not.toContain('hush');
    expect(processes.length).toBeLessThan(4);
  });

  test('reaches the network of this machine only if that is opened', async () => {
    const server = createServer((socket) => socket.end('reached')).listen(0, '0.0.0.0');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each?.map(({ address }) => address) ?? []);
    const own = addresses.filter((address) => /^\d/.test(address) && !address.startsWith('127.'));
    const code = `
import socket
for address in ${JSON.stringify(own)} + ["127.0.0.1"]:
    try:
        seen = socket.create_connection((address, ${port}), 5).recv(9).decode()
        break
    except OSError as error:
        failed = error
else: raise failed`;
    expect(await tried('closed', code)).toMatch(/Connection refused|unreachable/);
    expect(await tried('opened', code)).toBe('reached');
    server.close();
  });

  test('reads and writes what is opened, under the same paths', async () => {
    const [book, diary] = [join(folder, 'to_read', 'book'), join(folder, 'to_write', 'diary')];
    expect(await tried('opened', `seen = open("${book}").read()`)).toBe('once upon a time');
    expect(await tried('opened', `open("${book}", "w")`)).toMatch(/Read-only file system|Permission denied/);
    const written = await tried('opened', `open("${diary}", "w").write("dear diary"); seen = open("${diary}").read()`);
    expect(written).toMatch(process.getuid?.() === 0 ? /dear diary|Permission denied/ : /dear diary/);
    expect(await tried('closed', `open("${book}")`)).toContain('No such file');
  });

  test('can not start more processes than it may', onlyWithLimits, async () => {
    const code = `
import os, time
for number in range(60):
    if os.fork() == 0:
        time.sleep(30)
        os._exit(0)`;
    expect(await tried('closed', code)).toMatch(/^BlockingIOError/);
    await expect(raising('closed', code)).rejects.toMatchObject({
      code: 'PROCESS_LIMIT_EXCEEDED',
      message: 'Plugin "closed" ran into its limit of 40 processes and threads.',
      cause: { code: 'PLUGIN_RAISED' },
    });
  });

  test(
    'that loses a process to the memory limit goes on, and is told why its call failed',
    onlyWithLimits,
    async () => {
      const code = `
import subprocess, sys
subprocess.run([sys.executable, "-c", "bytearray(200 << 20)"], check=True)`;
      const failed = await raising('memory', code).catch((error: unknown) => error);
      expect(failed).toMatchObject({
        code: 'MEMORY_LIMIT_EXCEEDED',
        message: 'Plugin "memory" lost a process that it had started to its memory limit of 96 MiB.',
      });
      expect(manager.plugins().find(({ id }) => id === 'memory')?.instances[0]?.generation).toBe(1);
    },
  );

  test(
    'that takes too much memory is told so, with its limit; the next call finds a new one',
    onlyWithLimits,
    async () => {
      await expect(tried('closed', 'seen = len(bytearray(200 << 20))')).rejects.toMatchObject({
        code: 'MEMORY_LIMIT_EXCEEDED',
        message: 'Plugin "closed" was ended by its memory limit of 96 MiB.',
        retryable: true,
      });
      expect(await tried('closed', 'seen = "well"')).toBe('well');
    },
  );

  test('counts what its engine takes as part of its start', async () => {
    const began = performance.now();
    await tried('fresh', 'seen = 1');
    const took = performance.now() - began;
    const engine = engineOf(found);
    const facts = JSON.parse(await askEngine(engine, 'GET', `/containers/${container('fresh')}/json`)) as {
      Created: string;
      State: { StartedAt: string };
    };
    const { timings } = manager.plugins().find(({ id }) => id === 'fresh') ?? {};
    // From the engine's own word for the two moments: both lie within the start.
    expect(timings?.start).toBeGreaterThan(Date.parse(facts.State.StartedAt) - Date.parse(facts.Created));
    expect(timings?.start).toBeLessThan(took);
  });

  test('is known to the ledger by its container', async () => {
    await tried('outside', 'seen = 1');
    const own = await until(async () => {
      const running = await runningProcesses(new StateFolder(TEST_HOME));
      return running.find(({ plugin, host }) => plugin === 'outside' && host.pid === process.pid);
    }, 'its record in the ledger');
    expect(own).toMatchObject({
      role: 'instance',
      container: expect.stringMatching(/^bulkhead-[0-9a-f]{24}$/) as string,
    });
    expect(manager.plugins().find(({ id }) => id === 'outside')?.instances[0]).toMatchObject({
      name: `container ${own.container}`,
      pid: own.pid,
      health: 'ready',
    });
  });

  test('that somebody has paused is said to be', onlyWithLimits, async () => {
    await tried('paused', 'seen = 1');
    await askEngine(found, 'POST', `/containers/${container('paused')}/pause`);
    await expect(tried('paused', 'seen = 1')).rejects.toMatchObject({
      code: 'CONTAINER_PAUSED',
      message: expect.stringMatching(/its container bulkhead-\w+ is paused/) as string,
    });
    await until(async () => (await tried('paused', 'seen = 3').catch(() => undefined)) === 3, 'a new instance');
  });

  test.each([
    ['SIGKILL', /SIGKILL.*`docker kill`/],
    ['SIGTERM', /SIGTERM.*`docker stop`/],
  ])('that somebody else ends by %s fails its call, and says who may have been it', async (name, says) => {
    await tried('outside', 'seen = 1');
    const call = tried('outside', 'import time; time.sleep(60)');
    await until(() => manager.plugins().find(({ id }) => id === 'outside')?.instances[0]?.inFlight === 1, 'the call');
    await engineOf(found).signal(container('outside'), name, AbortSignal.timeout(10_000));
    await expect(call).rejects.toMatchObject({
      code: 'PLUGIN_CRASHED',
      message: expect.stringMatching(says) as string,
    });
  });

  describe('that can not be started says why, and holds up no other:', () => {
    test.each([
      ['no_such_image', 'IMAGE_NOT_FOUND', /bulkhead-test\/never-made:1.*did not try to pull/],
      ['no_image', 'IMAGE_MISSING', /names no image/],
      ['empty', 'IMAGE_WITHOUT_PYTHON', /no Python that runs: .*python3.*not found/],
      ['foreign', 'IMAGE_OF_OTHER_MACHINE', /made for linux\/s390x, and this engine runs linux\//],
      ['other_python', 'IMAGE_PYTHON_TOO_OLD', /needs Python 3\.99, and its image .* has 3\.\d+/],
      ['no_such_folder', 'PLUGIN_LAUNCH_FAILED', /never_made does not exist/],
      canLimit
        ? ['limited', 'PLUGIN_LAUNCH_FAILED', /Minimum memory limit|unable to set memory limit/]
        : ['limited', 'LIMIT_UNAVAILABLE', /no control over it/],
      ['raises', 'PLUGIN_IMPORT_FAILED', /./],
    ])('%s: %s', async (plugin, code, says) => {
      await expect(tried(plugin, '')).rejects.toMatchObject({ code, message: expect.stringMatching(says) as string });
      expect(await tried('opened', 'seen = "well"')).toBe('well');
    });
  });

  test('may be of an image that others ask at the same time', async () => {
    const home = join(folder, 'home');
    const others = await PluginManager.open(join(folder, 'plugins.yaml'), { ...options, home });
    await Promise.all(['closed', 'memory', 'opened', 'paused', 'outside'].map((id) => others.preparePlugin(id)));
    await others.close();
    const bytecode = await readdir(new StateFolder(home).bytecode);
    expect(bytecode).toEqual([expect.not.stringContaining('.')]); // one for all, and nothing of those that came later
  });

  test('runs in an engine that `doctor` describes', async () => {
    expect(await inspectEngine(new AbortController().signal, process.env)).toMatchObject({
      socket: engineOf(found).address.socket,
      limits: canLimit ? ['memory', 'cpu', 'pids'] : [],
    });
  });

  test('leaves no container and no socket behind', async () => {
    await manager.close();
    const own = await engineOf(found).labelled('bulkhead.host', new AbortController().signal);
    expect(own.filter(({ Labels }) => Labels['bulkhead.host']?.startsWith(`${process.pid}-`))).toEqual([]);
    expect(lines.filter(({ msg }) => String(msg).includes('INTERNAL'))).toEqual([]);
  });

  function container(plugin: string): string {
    const name = manager
      .plugins()
      .find(({ id }) => id === plugin)
      ?.instances.at(-1)?.name;
    return (name ?? '').replace(/.*container /, '');
  }
});
