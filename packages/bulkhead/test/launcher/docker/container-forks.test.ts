import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StateFolder } from '../../../src/environment/state-folder.ts';
import type { InstanceStatus } from '../../../src/manager/plugin-status.ts';
import { PluginManager } from '../../../src/manager/plugin-manager.ts';
import { runningProcesses } from '../../../src/manager/running-processes.ts';
import { askEngine, engineOf, imageOf, onlyWith, testEngine } from '../../container-engine.ts';
import { fixture, observed, TEST_HOME } from '../../test-home.ts';
import { until } from '../../until.ts';

const found = await testEngine();

/** What is different about forks in a container; that they are instances like any other is in supervision.test.ts. */
describe('forks in a running container', onlyWith(found), () => {
  const { options, lines } = observed();
  let folder: string;
  let manager: PluginManager;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulkhead-container-forks-'));
    const tries = `path: ${fixture('plugins/tries')}, isolation: docker, image: "${imageOf(found)}"`;
    const two = `${tries}, start: fork, instances: { max: 2 }`;
    const limited = 'resources: { memory: 96MiB }';
    await writeFile(
      join(folder, 'plugins.yaml'),
      `plugins:
  - { id: two, ${two} }
  - { id: stuck, ${two}, timeouts: { call: 1s, cancel_grace: 100ms } }
  - { id: leaves, ${two} }
  - { id: greedy, ${two}, ${limited} }
  - { id: loses, ${two}, ${limited} }
  - { id: stopped, ${two} }
  - { id: paused, ${tries}, start: fork, timeouts: { call: 1s, cancel_grace: 100ms } }
  - { id: spare, ${tries}, instances: { spare: 1 } }
  - { id: one, ${tries} }
  - { id: several, ${tries}, instances: { max: 2 } }
  - { id: limited, ${tries}, instances: { max: 2 }, ${limited} }
  - { id: threads, path: ${fixture('plugins/keeps_a_thread')}, isolation: docker, image: "${imageOf(found)}", start: fork }
  - { id: raises, path: ${fixture('plugins/fails_to_import')}, isolation: docker, image: "${imageOf(found)}", start: fork }
`,
    );
    manager = await PluginManager.open(join(folder, 'plugins.yaml'), options);
  });

  afterAll(async () => {
    await manager?.close();
    await rm(folder, { recursive: true });
  });

  const tried = async (plugin: string, code: string): Promise<unknown> => await manager.executePlugin(plugin, code);
  const instances = (plugin: string): readonly InstanceStatus[] =>
    manager.plugins().find(({ id }) => id === plugin)?.instances ?? [];
  const container = (plugin: string): string => instances(plugin)[0]?.name.replace(/.*container /, '') ?? '';

  /** Runs both at once in the two instances of a plugin: the first of them waits for what the second leaves in /tmp. */
  async function both(plugin: string, first: string, second: string): Promise<PromiseSettledResult<unknown>[]> {
    const waits = tried(
      plugin,
      `import os, time\nwhile not os.path.exists("/tmp/go"): time.sleep(0.01)\nos.remove("/tmp/go")\n${first}`,
    );
    waits.catch(() => undefined);
    await until(() => instances(plugin)[0]?.inFlight === 1, 'the first call');
    return await Promise.allSettled([waits, tried(plugin, `import os\nopen("/tmp/go", "w").close()\n${second}`)]);
  }

  test('are processes of their own, which say apart what they write', async () => {
    const says = 'print("it is", os.getpid(), flush=True); seen = os.getpid()';
    const [first, second] = (await both('two', says, says)).map((settled) => 'value' in settled && settled.value);
    expect(first).not.toBe(second);
    const name = container('two');
    expect(instances('two').map((instance) => instance.name)).toEqual([
      `fork 1 of container ${name}`,
      `fork 2 of container ${name}`,
    ]);
    const said = await until(() => {
      const found = lines.filter(({ msg, plugin }) => plugin === 'two' && String(msg).startsWith('it is'));
      return found.length === 2 && found;
    }, 'both lines');
    expect(new Map(said.map(({ instance, msg }) => [instance, msg]))).toEqual(
      new Map([
        [1, `it is ${String(first)}`],
        [2, `it is ${String(second)}`],
      ]),
    );
  });

  test('are known to the ledger, as is their template', async () => {
    const own = await until(async () => {
      const running = await runningProcesses(new StateFolder(TEST_HOME));
      const ours = running.filter(({ plugin, host }) => plugin === 'two' && host.pid === process.pid);
      return ours.length === 3 && ours;
    }, 'their records in the ledger');
    expect(own.map(({ role }) => role).sort()).toEqual(['instance', 'instance', 'template']);
    expect(new Set(own.map((record) => record.container))).toEqual(new Set([container('two')]));
  });

  test('end alone, also one that native code holds, with what they have started', async () => {
    const child = 'import subprocess; child = subprocess.Popen(["sleep", "1000"])';
    await both('stuck', 'seen = 1', 'seen = 2');
    const before = instances('stuck').map(({ pid }) => pid);
    const [, stuck] = await both('stuck', 'seen = 3', `${child}\nsum(iter(int, 1))`);
    expect(stuck).toMatchObject({ reason: { code: 'CALL_TIMEOUT' } });
    const left = (): number => instances('stuck').filter(({ pid }) => before.includes(pid)).length;
    await until(() => left() === 1, 'the end of the one');
    const sleeping =
      'import glob; seen = [open(name).read() for name in glob.glob("/proc/[0-9]*/comm")].count("sleep\\n")';
    // the first process of the container has to collect it as well
    await until(async () => (await tried('stuck', sleeping)) === 0, 'the end of what it had started');
    expect(left()).toBe(1);
  });

  test('take along what they have started also when they end by themselves', async () => {
    const leaves = 'import os, subprocess; subprocess.Popen(["sleep", "1001"]); os._exit(3)';
    const [, ended] = await both('leaves', 'seen = 1', leaves);
    expect(ended).toMatchObject({ reason: { code: 'PLUGIN_CRASHED' } });
    const seen = 'import glob; seen = [open(name).read() for name in glob.glob("/proc/[0-9]*/cmdline")]';
    expect(await tried('leaves', seen)).not.toContain('sleep\0' + '1001\0');
  });

  test('that run into their memory limit are told apart from those that did not', async () => {
    const [witness, victim] = await both('greedy', 'seen = "well"', 'bytearray(200 << 20)');
    expect(victim).toMatchObject({
      reason: {
        code: 'MEMORY_LIMIT_EXCEEDED',
        message: 'Plugin "greedy" was ended by its memory limit of 96 MiB, which the forks in its container share.',
      },
    });
    expect(witness).toMatchObject({ value: 'well' });
  });

  test('that lose a process to their memory limit go on, and are told', async () => {
    const code = 'import subprocess, sys; subprocess.run([sys.executable, "-c", "bytearray(200 << 20)"], check=True)';
    await both('loses', 'seen = 1', 'seen = 2');
    await expect(manager.executePlugin('loses', code, { action: 'raising' })).rejects.toMatchObject({
      code: 'MEMORY_LIMIT_EXCEEDED',
      message: expect.stringContaining('lost a process that it had started to its memory limit of 96 MiB') as string,
    });
    expect(instances('loses')).toHaveLength(2);
  });

  test('end with their container, and say what ended it', async () => {
    await tried('stopped', 'seen = 1');
    const call = tried('stopped', 'import time; time.sleep(60)');
    await until(() => instances('stopped')[0]?.inFlight === 1, 'the call');
    await engineOf(found).signal(container('stopped'), 'SIGTERM', AbortSignal.timeout(10_000));
    await expect(call).rejects.toMatchObject({
      code: 'PLUGIN_CRASHED',
      message: expect.stringMatching(/SIGTERM.*`docker stop`/) as string,
    });
  });

  test('of a paused container are said to be, and ended with it', async () => {
    await tried('paused', 'seen = 1');
    const name = container('paused');
    await askEngine(found, 'POST', `/containers/${name}/pause`);
    await expect(tried('paused', 'seen = 1')).rejects.toMatchObject({
      code: 'CONTAINER_PAUSED',
      message: expect.stringContaining(`its container ${name} is paused`) as string,
    });
    await until(async () => (await tried('paused', 'seen = 3').catch(() => undefined)) === 3, 'a new instance');
    expect(container('paused')).not.toBe(name);
  });

  test('wait as spares beside the instance', async () => {
    await tried('spare', 'seen = 1');
    await until(() => manager.plugins().find(({ id }) => id === 'spare')?.spare === 1, 'the spare');
    const name = container('spare');
    process.kill(instances('spare')[0]?.pid as number, 'SIGKILL');
    await until(() => instances('spare').length === 0, 'the end of the instance');
    await tried('spare', 'seen = 2');
    expect(instances('spare')[0]?.name).toMatch(new RegExp(`^fork \\d of container ${name}$`));
  });

  describe('unless the registry says how it is started, an instance', () => {
    test.each([
      ['one', 'container', 'a template pays from the second start on'],
      ['several', 'fork', 'a template has imported it'],
      ['limited', 'container', 'forks in one container would share its limits'],
    ])('of "%s" is started by %s: %s', async (plugin, mode, reason) => {
      await tried(plugin, 'seen = 1');
      expect(manager.plugins().find(({ id }) => id === plugin)?.start).toEqual({ mode, reason });
    });
  });

  test('are none of a plugin that can not be forked: it runs in a container of its own', async () => {
    expect(await manager.executePlugin('threads')).toBe(2);
    expect(manager.plugins().find(({ id }) => id === 'threads')?.start).toMatchObject({
      mode: 'container',
      reason: expect.stringContaining('threads that its import left running') as string,
    });
  });

  test('are none of a plugin that fails to import', async () => {
    await expect(tried('raises', '')).rejects.toMatchObject({ code: 'PLUGIN_IMPORT_FAILED' });
  });

  test('leave no container, no socket and no record behind', async () => {
    await manager.close();
    const engine = engineOf(found);
    const own = await engine.labelled('bulkhead.host', new AbortController().signal);
    expect(own.filter(({ Labels }) => Labels['bulkhead.host']?.startsWith(`${process.pid}-`))).toEqual([]);
    expect(lines.filter(({ msg }) => String(msg).includes('INTERNAL'))).toEqual([]);
    const running = await runningProcesses(new StateFolder(TEST_HOME));
    expect(running.filter(({ host, container: name }) => host.pid === process.pid && name !== undefined)).toEqual([]);
  });
});
