import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PythonRuntime, ReadyEnvironment } from '../../../src/environment/ready-environment.ts';
import { Ledger } from '../../../src/launcher/ledger/ledger.ts';
import { KeptHashes } from '../../../src/environment/build/kept-hashes.ts';
import { StateFolder } from '../../../src/environment/state-folder.ts';
import { SdkBytecode } from '../../../src/languages/python/sdk-bytecode.ts';
import { nodeSdkFolder } from '../../../src/languages/node/sdk-folder.ts';
import { pythonSdkFolder } from '../../../src/languages/python/sdk-folder.ts';
import { PluginNetworks } from '../../../src/launcher/sandbox/network/plugin-networks.ts';
import { PluginLimits } from '../../../src/launcher/limits/plugin-limits.ts';
import { ScratchFolders } from '../../../src/launcher/sandbox/scratch-folders.ts';
import { ProcessLauncher } from '../../../src/launcher/process/process-launcher.ts';
import { PluginProcesses } from '../../../src/launcher/process/spawn-process.ts';
import type { OutputLine, RunningInstance, SocketPair } from '../../../src/launcher/running-instance.ts';
import { loadPluginFolder } from '../../../src/registry/load-plugin-folder.ts';
import { anyPython } from '../../any-python.ts';
import { gone, identify } from '../../processes.ts';
import { until } from '../../until.ts';

let folder: string;
let environment: ReadyEnvironment<PythonRuntime>;
let lines: OutputLine[];
const { signal } = new AbortController();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-launcher-'));
  const sitePackages = join(folder, 'environment', 'site-packages');
  await mkdir(sitePackages, { recursive: true });
  environment = {
    identity: 'test',
    packages: {},
    built: false,
    localSources: [],
    resolved: '2026-01-01T00:00:00.000Z',
    lockedBy: undefined,
    duration: 0,
    runtime: { kind: 'python', prefix: join(folder, 'environment'), sitePackages, python: await anyPython() },
  };
  lines = [];
});

afterEach(async () => {
  // the last processes are crossed out a moment after their end
  const { machineFolder } = new Ledger(join(folder, 'instances'));
  await until(async () => (await readdir(machineFolder).catch(() => [])).length === 0, 'an empty ledger');
  await rm(folder, { recursive: true, force: true });
});

/** Starts a plugin whose file is `code`; it is never greeted, so only what it does by itself is seen. */
async function launch(code: string, variables: Record<string, string> = {}): Promise<RunningInstance> {
  await writeFile(join(folder, 'plugin.py'), code);
  const sdk = pythonSdkFolder(process.env);
  const ledger = new Ledger(join(folder, 'instances'));
  const launcher = new ProcessLauncher({
    processes: new PluginProcesses({
      networks: new PluginNetworks(() => {}),
      output: (_plugin, _instance, line) => lines.push(line),
      ledger,
      scratch: new ScratchFolders(join(folder, 'scratch'), ledger),
      limits: new PluginLimits({}),
    }),
    languages: {
      variables: process.env,
      logLevel: () => 'info',
      shared: [],
      python: {
        sdk,
        bytecode: new SdkBytecode(join(folder, 'bytecode'), sdk, new KeptHashes(new StateFolder(folder))),
      },
      node: { sdk: () => nodeSdkFolder(process.env), gatekeeper: () => Promise.reject(new Error('not asked for')) },
    },
  });
  const spec = await loadPluginFolder(folder);
  return await launcher.launch({
    environment,
    spec: { ...spec, launch: { ...spec.launch, variables } },
    generation: 1,
    signal,
  });
}

test('an instance says how it ended, and what it wrote last', async () => {
  const instance = await launch(
    'import os, sys\nprint("to standard output")\nsys.stderr.write("to standard error\\n")\nos._exit(7)\n',
  );
  expect(await instance.exited).toEqual({ code: 7, signal: null, requested: undefined });
  const diagnosis = await instance.diagnose();
  expect(diagnosis.ending).toBe('exited with status 7');
  expect([...diagnosis.lastLines].sort()).toEqual(['to standard error', 'to standard output']);
  expect(lines).toContainEqual({ stream: 'stderr', text: 'to standard error' });
});

test('of what an instance wrote, the last 40 lines are kept', async () => {
  const instance = await launch('import os\nfor number in range(100):\n    print("line", number)\nos._exit(0)\n');
  await instance.exited;
  const { lastLines } = await instance.diagnose();
  expect(lastLines).toEqual(Array.from({ length: 40 }, (_, index) => `line ${60 + index}`));
});

test('an instance tells what it uses of the machine, until it is gone', async () => {
  const instance = await launch('while True: pass\n');
  const busy = await until(async () => {
    const vitals = await instance.vitals?.();
    return (vitals?.processorTime ?? 0) > 50 ? vitals : undefined;
  }, 'some processor time');
  expect(busy.isRunnable).toBe(true);
  expect(busy.memory).toBeGreaterThan(2 ** 20);
  expect(busy.memory).toBeLessThan(2 ** 30);
  await instance.stop('kill', 0);
  expect(await instance.vitals?.()).toBeUndefined();
});

test('an instance ended by a signal says which, and what that may mean', async () => {
  const instance = await launch('import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n');
  expect(await instance.exited).toMatchObject({ signal: 'SIGSEGV' });
  const { ending, hints } = await instance.diagnose();
  expect(ending).toContain('SIGSEGV');
  expect(hints.join()).toContain('native code');
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'])(
  'one ended by %s was asked to end, by somebody else',
  async (name) => {
    const instance = await launch(
      `import os, signal\nsignal.signal(signal.${name}, signal.SIG_DFL)\nos.kill(os.getpid(), signal.${name})\n`,
    );
    expect(await instance.exited).toMatchObject({ signal: name });
    const { hints } = await instance.diagnose();
    expect(hints.join()).toContain('The host did not send this signal: code of the plugin, somebody with `kill`');
    expect(hints.join()).not.toContain('native code');
  },
);

test('stopping goes from asking to TERM to KILL, takes the children along, and can be asked for twice', async () => {
  const instance = await launch(
    'import signal, subprocess, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nchild = subprocess.Popen(["sleep", "3600"])\nprint(child.pid)\ntime.sleep(3600)\n',
  );
  await until(() => lines.length > 0, 'the first line of the plugin');
  const child = identify(Number(lines[0]?.text));
  const own = identify(instance.identity.process?.pid as number);
  const first = instance.stop('shutdown', 10);
  expect(instance.stop('shutdown', 60_000)).toBe(first);
  expect(await first).toMatchObject({ signal: 'SIGKILL', requested: 'shutdown' });
  await Promise.all([gone(own), gone(child)]);
});

test('an instance that ends while it may is not killed', async () => {
  const file = join(folder, 'go');
  const instance = await launch(
    `import os, time\nprint("up", flush=True)\nwhile not os.path.exists(${JSON.stringify(file)}): time.sleep(0.01)\nos._exit(5)\n`,
  );
  await until(() => lines.length > 0, 'the first line of the plugin');
  const stopped = instance.stop('shutdown', 60_000);
  await writeFile(file, '');
  expect(await stopped).toEqual({ code: 5, signal: null, requested: 'shutdown' });
});

test('a plugin leads a process group of its own, and is told of no descriptor but its own', async () => {
  const instance = await launch(
    'import os\nprint(os.getpgrp() == os.getpid(), sorted(int(fd) for fd in os.listdir("/proc/self/fd")))\nos._exit(0)\n',
  );
  await instance.exited;
  await instance.diagnose();
  expect(lines[0]?.text).toBe('True [0, 1, 2, 3, 4, 5, 6]'); // the last one lists them;
});

test('an interpreter that is not there is an error of the environment', async () => {
  const { runtime } = environment;
  const python = { ...runtime.python, executable: join(folder, 'no-such-python') };
  environment = { ...environment, runtime: { ...runtime, python } };
  await expect(launch('')).rejects.toMatchObject({ code: 'PLUGIN_LAUNCH_FAILED', blame: 'environment' });
});

test('what the system refuses at once is an error of the environment too, and leaves nothing in the ledger', async () => {
  await expect(launch('', { TOO_LONG: 'x'.repeat(10_000_000) })).rejects.toMatchObject({
    code: 'PLUGIN_LAUNCH_FAILED',
    message: expect.stringContaining('E2BIG') as string,
  });
  expect(await readdir(new Ledger(join(folder, 'instances')).machineFolder)).toEqual([]);
});

test('the end of its connection ends a plugin that is still being imported', async () => {
  const instance = await launch('import time\nprint("importing")\ntime.sleep(3600)\n');
  await until(() => lines.length > 0, 'the first line of the plugin');
  const { data, control } = instance.endpoint as SocketPair;
  control.destroy();
  data.destroy();
  await once(data, 'close');
  expect((await instance.exited).requested).toBeUndefined();
});
