import { chmod, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { canUnshare } from '../lifecycle/lock-holder.ts';
import { onlyIf } from '../not-run.ts';
import { Workshop, withSample } from './workshop.ts';
import { untilHolds } from '../until.ts';

let workshop: Workshop;
beforeAll(async () => {
  workshop = await Workshop.open();
  await withSample(workshop);
  await workshop.write(
    'mixed.yaml',
    `plugins:
  - { id: gone, path: ./nowhere }
  - { id: sample, path: ./sample, python_version: "3.11" }
  - { id: boxed, path: ./sample, isolation: docker, image: "box:1" }
  - { id: future, path: ./sample, environment: venv, python_version: "3.99" }
`,
  );
});
afterAll(async () => {
  await workshop[Symbol.asyncDispose]();
});

interface Listed {
  readonly registry: string;
  readonly plugins: readonly Record<string, unknown>[];
}

async function listed(...parameters: string[]): Promise<Listed> {
  return JSON.parse((await workshop.run(['list', '--json', ...parameters])).stdout) as Listed;
}

describe('bulkhead list', () => {
  test('looks for the environments of many plugins at once without a warning of Node', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `sample${index}`);
    const plugins = ids.map((id) => `  - { id: ${id}, path: ./sample, python_version: "3.11" }\n`);
    await workshop.write('many.yaml', `plugins:\n${plugins.join('')}`);
    const variables = { BULKHEAD_HOME: join(workshop.folder, 'home-that-knows-no-python') };
    expect(await workshop.run(['-r', 'many.yaml', 'list'], { variables })).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('asks each Python once who it is, however many plugins there are', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `sample${index}`);
    await workshop.write('many.yaml', `plugins:\n${ids.map((id) => `  - { id: ${id}, path: ./sample }\n`).join('')}`);
    const asked = join(workshop.folder, 'asked');
    await workshop.write('pythons/python3', `#!/bin/sh\necho once >> ${asked}\nexec python3.11 "$@"\n`);
    await chmod(join(workshop.folder, 'pythons/python3'), 0o755);
    const variables = {
      BULKHEAD_HOME: join(workshop.folder, 'home-that-knows-nothing'),
      PATH: [join(workshop.folder, 'pythons'), process.env['PATH'] ?? ''].join(delimiter),
    };
    expect(await workshop.run(['-r', 'many.yaml', 'list'], { variables })).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await readFile(asked, 'utf8')).toBe('once\n');
  });

  test('tells what is built from what is not, and builds nothing', async () => {
    expect(await workshop.run(['list'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^PLUGIN .* RUNTIME .*\nsample .* Python 3\.11 .*not built\n$/) as string,
      stderr: '',
    });
    expect((await listed()).plugins[0]).toMatchObject({ state: 'not built', python: null, prefix: null });
    await workshop.run(['sync']);
    expect(await listed()).toEqual({
      registry: join(workshop.folder, 'plugins.yaml'),
      plugins: [
        {
          id: 'sample',
          version: null,
          folder: join(workshop.folder, 'sample'),
          node: null,
          isolation: 'process',
          sandbox: 'not sandboxed',
          instances: { min: 0, max: 1, spare: 0 },
          environment: 'uv',
          state: 'ready',
          python: expect.stringMatching(/^3\.11\./) as string,
          packages: {},
          resolved: expect.stringMatching(/^\d{4}-.*Z$/) as string,
          prefix: expect.stringContaining(workshop.home) as string,
          problem: null,
          running: [],
        },
      ],
    });
  });

  test('shows what any host with the same state folder has running, and how that is', async () => {
    await workshop.write(
      'running.yaml',
      `plugins:
  - { id: sample, path: ./sample, python_version: "3.11", start: spawn }
  - { id: forked, path: ./sample, python_version: "3.11", start: fork }
  - { id: never, path: ./sample }
`,
    );
    const options = { home: workshop.home, variables: workshop.variables() };
    await using manager = await PluginManager.open(join(workshop.folder, 'running.yaml'), options);
    await manager.startPlugin('sample');
    if (process.platform === 'linux') await manager.startPlugin('forked');
    const [pid, forked] = manager.plugins().map(({ instances }) => instances[0]?.pid);
    const host = { pid: process.pid, state: 'running' };
    const usage =
      process.platform === 'linux'
        ? { memory: expect.any(Number), processor_time: expect.any(Number), tasks: expect.any(Number), disk: null }
        : null;
    const instance = {
      role: 'instance',
      generation: 1,
      container: null,
      health: 'ready',
      host,
      sandbox: null,
      limits: {},
      usage,
    };
    const expected = [
      { ...instance, pid, start: { mode: 'spawn', reason: 'the registry asks for it' } },
      ...(forked === undefined
        ? []
        : [{ ...instance, pid: forked, start: { mode: 'fork', reason: 'a template has imported it' } }]),
    ];
    await untilHolds(async () => {
      const { plugins } = await listed('-r', 'running.yaml');
      const running = plugins.flatMap((plugin) => plugin['running'] as { role: string }[]);
      expect(running.filter(({ role }) => role === 'instance')).toEqual(expected);
    });
    const { stdout } = await workshop.run(['list', '-r', 'running.yaml']);
    expect(stdout).toMatch(
      new RegExp(
        `\\nRUNNING .*\\nsample +${pid} +instance 1 +ready +${process.pid} .*- +spawned: the registry asks for it\\n`,
      ),
    );
    expect(stdout).not.toMatch(/^never +\d/m);
    // the id alone is no match: another plugin of that name lies elsewhere
    await workshop.write('elsewhere/sample/plugin.py', await workshop.read('sample/plugin.py'));
    const elsewhere = await workshop.write('elsewhere/plugins.yaml', 'plugins: [{ id: sample, path: ./sample }]\n');
    expect((await listed('-r', elsewhere)).plugins[0]).toMatchObject({ running: [] });
  });

  test('shows what is wrong with some beside the others, in the order of the file', async () => {
    const { plugins } = await listed('-r', 'mixed.yaml');
    expect(plugins.map(({ id, state }) => `${String(id)}: ${String(state)}`)).toEqual([
      'gone: problem',
      'sample: ready',
      'boxed: problem',
      'future: problem',
    ]);
    expect(plugins.map(({ problem }) => (problem as { code: string } | null)?.code)).toEqual([
      'PLUGIN_FOLDER_MISSING',
      undefined,
      'ENGINE_UNAVAILABLE',
      'PYTHON_NOT_FOUND',
    ]);
    const { exitCode, stdout } = await workshop.run(['list', '-r', 'mixed.yaml']);
    expect(exitCode).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(5);
  });

  test('finds the registry in a folder above', async () => {
    expect((await workshop.run(['list'], { cwd: join(workshop.folder, 'sample') })).stdout).toContain('sample');
  });

  test('does not mind when only its first line is read', async () => {
    const command = workshop.start(['list']);
    command.stdout.destroy();
    const { exitCode, stderr } = await command;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});

describe('bulkhead doctor', () => {
  test('finds all that plugins need', async () => {
    const { exitCode, stdout, stderr } = await workshop.run(['doctor']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const part of [
      process.versions.node,
      workshop.uv,
      workshop.home,
      'Pythons\n',
      'plugin-sdk-python',
      'Containers    none: No container engine answers at ',
      'plugins.yaml (1 plugin)',
      'All is well.',
    ])
      expect(stdout).toContain(part);
  });

  test('says the same in JSON', async () => {
    const { exitCode, stdout } = await workshop.run(['doctor', '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      node: process.versions.node,
      uv: { path: workshop.uv, origin: 'BULKHEAD_UV' },
      engine: { problem: expect.stringContaining('there is no such socket') as string },
      stateFolder: { path: workshop.home, writable: true },
      problems: [],
    });
  });

  test('fails with 3 when something is missing on the machine, and says what to do', async () => {
    const { exitCode, stdout } = await workshop.run(['doctor'], {
      variables: { BULKHEAD_UV: join(workshop.folder, 'no-uv') },
    });
    expect(exitCode).toBe(3);
    expect(stdout).toContain('no-uv');
    expect(stdout).toContain('Install uv');
    expect((await workshop.run(['doctor', '-r', 'mixed.yaml'])).exitCode).toBe(3);
  });

  const needsMounts = onlyIf(canUnshare, 'no disk can be mounted');
  test('minds a read-only state folder only while something is to be built', needsMounts, async () => {
    await workshop.run(['sync']);
    const readOnly = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
    const doctor = async (...parameters: string[]) =>
      await execa(
        'unshare',
        ['--mount', 'sh', '-c', readOnly, workshop.home, ...workshop.command, 'doctor', ...parameters],
        { cwd: workshop.folder, env: workshop.variables(), extendEnv: false, reject: false },
      );
    expect(await doctor()).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/not writable: it serves what is in it.*All is well\./s) as string,
    });
    expect(await doctor('-r', 'mixed.yaml')).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining("can't be written") as string,
    });
  });

  test('fails with 2 when only the registry has mistakes', async () => {
    const file = await workshop.write('wrong.yaml', 'plugins:\n  - { id: a, pth: ./a }\n');
    const { exitCode, stdout } = await workshop.run(['doctor', '-r', file]);
    expect(exitCode).toBe(2);
    expect(stdout).toContain(`${file}:2:`);
    expect((await workshop.run(['doctor', '-r', 'nowhere.yaml'])).exitCode).toBe(2);
  });
});
