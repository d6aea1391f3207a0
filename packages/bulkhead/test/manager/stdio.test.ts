import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BulkheadError } from '../../src/errors/bulkhead-error.ts';
import { pythonSdkFolder } from '../../src/languages/python/sdk-folder.ts';
import type { PluginManager } from '../../src/manager/plugin-manager.ts';
import { Workshop } from '../cli/workshop.ts';
import { anyPython } from '../any-python.ts';
import { KINDS, optionsOfKinds } from '../sandbox/kinds.ts';
import { Opened } from '../opened.ts';
import { fixture } from '../test-home.ts';
import { until } from '../until.ts';

const kinds = await optionsOfKinds();

let folder: string;
let manager: PluginManager;
let opened: Opened | undefined;
let lines: Opened['lines'];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-stdio-'));
});

afterEach(async () => {
  await opened?.[Symbol.asyncDispose]();
  opened = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function open(plugins: Parameters<typeof Opened.plugins>[0]): Promise<void> {
  opened = await Opened.plugins(plugins);
  ({ manager, lines } = opened);
}

describe('a plugin over standard input and output', () => {
  test('has its prints in the log, and its frames are whole', async () => {
    await open({ echo: { transport: 'stdio' } });
    await manager.executePlugin('echo', { message: 'hello' }, { action: 'log' });
    await until(() => lines.some(({ msg }) => msg === 'written to descriptor 1'), 'what it wrote');
    expect(lines).toContainEqual(expect.objectContaining({ plugin: 'echo', msg: 'hello', fields: { size: 5 } }));
    expect(await manager.executePlugin('echo', 1)).toBe(1);
  });

  for (const sandbox of KINDS)
    test(`is held by a sandbox that is ${sandbox}`, kinds[sandbox], async () => {
      await open({ echo: { transport: 'stdio', permissions: 'strict', sandbox } });
      expect(await manager.executePlugin('echo', 1)).toBe(1);
      const about = (await manager.executePlugin('echo', null, { action: 'about' })) as { variables: object };
      expect(about.variables).toHaveProperty('HOME');
      expect(about.variables).not.toHaveProperty('USER');
    });
});

describe('a plugin that a command starts', () => {
  test('joins the host by the SDK, wherever its Python comes from', async () => {
    const { executable, version } = await anyPython();
    await open({
      far: {
        command: ['sh', '-c', `cd "$PLUGIN_FOLDER" && exec "${executable}" plugin.py`],
        env: { PYTHONPATH: pythonSdkFolder(process.env), PLUGIN_FOLDER: fixture('plugins/echo') },
        config: { shelf: 7 },
      },
    });
    const about = await manager.executePlugin('far', null, { action: 'about' });
    expect(about).toMatchObject({ python: version, config: { shelf: 7 } });
    expect((about as { variables: object }).variables).not.toHaveProperty('BULKHEAD_ENDPOINT');
    expect(manager.plugins()[0]).toMatchObject({ environment: 'none', python: undefined, state: 'ready' });
    expect(await manager.describePlugin('far')).toMatchObject({ python: undefined });
  });

  test('is cancelled in a system call, and what stands between it and the host is left alone', async () => {
    const { executable } = await anyPython();
    await open({
      behind: {
        path: 'never_answers',
        command: ['sh', '-c', '"$0" plugin.py; exit $?', executable],
        env: { PYTHONPATH: pythonSdkFolder(process.env) },
      },
    });
    await manager.startPlugin('behind');
    await expect(manager.executePlugin('behind', null, { timeout: 300 })).rejects.toMatchObject({
      code: 'CALL_TIMEOUT',
    });
    await expect(manager.executePlugin('behind', null, { timeout: 300 })).rejects.toMatchObject({
      code: 'CALL_TIMEOUT',
    });
    expect(manager.plugins()[0]?.instances[0]?.generation).toBe(1);
  });

  test('over gRPC is a service of its own: one with the SDK is told of no host, and explains itself', async () => {
    const { executable } = await anyPython();
    const env = { PYTHONPATH: pythonSdkFolder(process.env) };
    await open({ service: { transport: 'grpc', command: [executable, 'plugin.py'], env } });
    const error = (await manager.executePlugin('service').catch((caught: unknown) => caught)) as BulkheadError;
    expect(error).toMatchObject({ code: 'PLUGIN_EXITED' });
    expect(error.context.lastLines).toContain('Echo is a plugin: a Bulkhead host starts it and calls its actions.');
  });

  test('is listed without what Bulkhead has not given it', async () => {
    await using workshop = await Workshop.open();
    await workshop.write('plugins.yaml', `plugins: [{ id: far, path: ${folder}, command: ["true"] }]`);
    const { stdout } = await workshop.run(['list']);
    expect(stdout.split('\n')[1]).toMatch(/^far .* none +- +- +ready$/);
  });

  test('may be of another language, without an SDK', async () => {
    await open({ script: { path: 'by_command', command: [process.execPath, 'plugin.mjs'] } });
    expect(await manager.executePlugin('script', 'process.env.BULKHEAD_ENDPOINT')).toBe('stdio');
    await until(() => lines.some(({ msg }) => msg === 'started'), 'what it wrote to standard error');
  });

  test.each([
    [
      'prints something else',
      ['echo', 'hello, world'],
      'PROTOCOL_VIOLATION',
      'it wrote "hello, world\\n", where frames',
    ],
    ['says nothing and ends', ['true'], 'PLUGIN_EXITED', 'exited with status 0'],
    ['fails', ['sh', '-c', 'echo no route to host >&2; exit 255'], 'PLUGIN_EXITED', 'exited with status 255'],
    ['is not there', ['no-such-program'], 'PLUGIN_LAUNCH_FAILED', 'no-such-program ENOENT. Write in `command`'],
    ['has nothing that runs it', ['./orphan'], 'PLUGIN_LAUNCH_FAILED', 'The file is there, and what runs it is not'],
  ])('and that %s is told as it is', async (_, command, code, said) => {
    await writeFile(join(folder, 'orphan'), '#!/no/such/interpreter\n', { mode: 0o755 });
    await open({ wrong: { path: folder, command } });
    const error = (await manager.executePlugin('wrong').catch((caught: unknown) => caught)) as BulkheadError;
    expect({ code: error.code, said: `${error.message} ${error.advice}` }).toEqual({
      code,
      said: expect.stringContaining(said) as string,
    });
  });

  for (const sandbox of KINDS)
    describe(`behind the gates of a sandbox that is ${sandbox}`, kinds[sandbox], () => {
      let path: string;

      // in one file, since it may read no other
      beforeEach(async () => {
        path = join(folder, 'plugin');
        const entryPoints = [fixture('plugins/by_command/plugin.mjs')];
        const form = { bundle: true, platform: 'node', format: 'esm' } as const;
        await build({ entryPoints, outfile: join(path, 'plugin.mjs'), ...form, logLevel: 'silent' });
      });

      const tried = async (code: string): Promise<unknown> => await manager.executePlugin('script', code);

      test.each([
        ['strict', 'strict'],
        ['with more', { network: true, processes: true, env: ['USER'], read: [fixture('programs')] }],
      ] as const)('is kept to permissions: %s', async (_, permissions) => {
        const isStrict = permissions === 'strict';
        process.env['USER'] ??= 'somebody';
        await open({
          script: { path, command: [process.execPath, 'plugin.mjs', 'a %0A b\n'], permissions, sandbox },
        });
        expect(await tried('process.argv[2]')).toBe('a %0A b\n');
        expect(await tried('2 + 2')).toBe(4);
        expect(await tried("require('fs').readFileSync('/etc/passwd')")).toMatch(/^(EACCES|ENOENT)/);
        expect(await tried("require('fs').writeFileSync(process.cwd() + '/x', '')")).toMatch(/^(EACCES|EROFS)/);
        expect(await tried("require('fs').writeFileSync(process.env.TMPDIR + '/x', '')")).toBe(null);
        expect(await tried(`require('fs').readdirSync(${JSON.stringify(fixture('programs'))}).length > 0`)).toEqual(
          isStrict ? expect.stringMatching(/^(EACCES|ENOENT)/) : true,
        );
        expect(await tried("require('child_process').execFileSync('/bin/true').length")).toEqual(
          isStrict ? expect.stringMatching(/^EPERM/) : 0,
        );
        expect(await tried('process.env.USER ?? null')).toBe(isStrict ? null : process.env['USER']);
        expect(await tried('process.env.NODE_CHANNEL_FD ?? null')).toBe(null);
        expect(await tried(`process.kill(${process.pid}, 0)`)).toMatch(/^(EPERM|ESRCH)/);
      });

      test('is ended with its calls, and told apart from what can not be run', async () => {
        await open({
          script: { path, command: [process.execPath, 'plugin.mjs'], permissions: 'strict', sandbox },
          missing: { path, command: ['no-such-program'], permissions: 'strict', sandbox },
        });
        expect(await tried('1')).toBe(1);
        await expect(tried("process.kill(process.pid, 'SIGKILL')")).rejects.toMatchObject({ code: 'PLUGIN_CRASHED' });
        expect(await tried('2')).toBe(2);
        const error = (await manager.executePlugin('missing').catch((caught: unknown) => caught)) as BulkheadError;
        expect(`${error.code} ${error.message}`).toMatch(/^PLUGIN_LAUNCH_FAILED .*there is no program no-such-program/);
      });
    });
});

test.each([
  [{ command: ['true'], transport: 'socket' }, 'transport: a `command` is given no sockets'],
  [{ command: ['true'], dependencies: ['numpy'] }, 'dependencies: has no effect on a plugin that `command` starts'],
  [{ command: [] }, 'expected a program and its arguments'],
  [{ transport: 'stdio', start: 'fork' }, 'transport: with start: fork it has to be socket'],
  [{ transport: 'pigeon' }, 'transport: expected socket, stdio, grpc, go-plugin or zeromq'],
  [{ isolation: 'docker', image: 'a:1', transport: 'stdio' }, 'transport: has no effect with isolation: docker'],
])('a registry with %j is refused', async (fields, message) => {
  await expect(Opened.plugins({ a: fields })).rejects.toMatchObject({
    message: expect.stringContaining(message) as string,
  });
});
