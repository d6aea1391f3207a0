import { execFile, spawn, spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { REPOSITORY } from '../documentation/repository.ts';
import { onlyIf, onlyInLongRuns } from '../not-run.ts';
import { gone, identify } from '../processes.ts';
import { fixture, observed, TEST_HOME } from '../test-home.ts';
import { until } from '../until.ts';

/** gRPC is compiled once, on a machine that may be busy. */
const timeout = 400_000;
const CACHE = join(REPOSITORY, '.cache');
const hasGo = spawnSync('go', ['version']).status === 0;

describe('the example in Go', { ...onlyIf(hasGo, 'Go is not installed'), ...onlyInLongRuns() }, () => {
  let folder: string;
  let manager: PluginManager;
  let lines: Record<string, unknown>[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulkhead-go-'));
    await cp(join(REPOSITORY, 'examples', 'go'), folder, { recursive: true });
    const env = {
      ...process.env,
      GOCACHE: join(CACHE, 'go-build'),
      GOMODCACHE: join(CACHE, 'go-modules'),
      GOFLAGS: '-modcacherw -buildvcs=false',
    };
    await promisify(execFile)('go', ['build', '-o', 'shouter', '.'], { cwd: folder, env });
    const { options, lines: observedLines } = observed();
    lines = observedLines;
    manager = await PluginManager.open(join(folder, 'plugins.yaml'), options);
  }, timeout);

  afterAll(async () => {
    await manager?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('shouts, as it is configured, and streams', async () => {
    expect(await manager.executePlugin('shouter', 'hello')).toBe('HELLO!!');
    const said: string[] = [];
    const stream = await manager.executePlugin('shouter', 'ab🎉', { action: 'echo' });
    for await (const text of stream as AsyncIterable<string>) said.push(text);
    expect(said).toEqual(['ab🎉', 'b🎉', '🎉']);
    expect(await manager.executePlugin('shouter', 'x'.repeat(6_000_000))).toHaveLength(6_000_002);
  });

  test.each([
    ['execute', 5, 'INPUT_REJECTED', 'expected a text'],
    ['whisper', 'hello', 'ACTION_UNKNOWN', 'whisper'],
  ])('refuses %s of %j', async (action, input, code, said) => {
    await expect(manager.executePlugin('shouter', input, { action })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(said) as string,
    });
  });

  test('takes part in an event, and holds a resource of the host', async () => {
    expect(await manager.executeHooks('before_print', 'hello')).toBe('HELLO!!');
    const lease = await manager.resources.acquire('a test', 'megaphone');
    const alone = manager.executePlugin('shouter', 'hello', { action: 'alone' });
    await until(() => manager.resources.status().some(({ waiting }) => waiting.length === 1), 'its wait');
    lease.release();
    expect(await alone).toBe('HELLO!!');
    expect(manager.resources.status().flatMap(({ holders }) => holders)).toEqual([]);
  });

  test('ends a call that takes too long, and goes on', async () => {
    await expect(manager.executePlugin('shouter', 600, { action: 'sleep', timeout: 200 })).rejects.toMatchObject({
      code: 'CALL_TIMEOUT',
    });
    await until(() => manager.plugins()[0]?.instances[0]?.inFlight === 0, 'the end of the call');
    expect(manager.plugins()[0]?.instances[0]?.generation).toBe(1);
  });

  test('that is killed in a call costs that call an error', async () => {
    const call = manager.executePlugin('shouter', 600, { action: 'sleep' });
    await until(() => manager.plugins()[0]?.instances[0]?.inFlight === 1, 'the call');
    process.kill(manager.plugins()[0]?.instances[0]?.pid as number, 'SIGKILL');
    await expect(call).rejects.toMatchObject({ code: 'PLUGIN_CRASHED' });
    expect(await manager.executePlugin('shouter', 'again')).toBe('AGAIN!!');
  });

  test('ends with a host that is killed', async () => {
    const host = spawn(
      process.execPath,
      [fixture('programs/host.mjs'), join(folder, 'plugins.yaml'), TEST_HOME, 'shouter'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    for await (const line of createInterface({ input: host.stdout })) {
      const plugin = identify((JSON.parse(line) as { pid: number }).pid);
      host.kill('SIGKILL');
      await gone(plugin);
      return;
    }
    throw new Error('the host reported no plugin');
  });

  test('cleans up, and ends by itself', async () => {
    await manager.close();
    expect(lines).toContainEqual(expect.objectContaining({ plugin: 'shouter', msg: 'has shouted enough' }));
  });
});
