import { execFile, spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { REPOSITORY } from '../documentation/repository.ts';
import { onlyIf, onlyInLongRuns } from '../not-run.ts';
import { observed } from '../test-home.ts';
import { until } from '../until.ts';

/** go-plugin and gRPC are fetched and compiled once, on a machine that may be busy. */
const timeout = 600_000;
const CACHE = join(REPOSITORY, '.cache');
const hasGo = spawnSync('go', ['version']).status === 0;

describe('the example for go-plugin', { ...onlyIf(hasGo, 'Go is not installed'), ...onlyInLongRuns() }, () => {
  let folder: string;
  let manager: PluginManager | undefined;
  let lines: Record<string, unknown>[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulkhead-hashicorp-'));
    await cp(join(REPOSITORY, 'examples', 'go-plugin'), folder, { recursive: true });
    const env = {
      ...process.env,
      GOCACHE: join(CACHE, 'go-build'),
      GOMODCACHE: join(CACHE, 'go-modules'),
      GOFLAGS: '-modcacherw -buildvcs=false',
    };
    await promisify(execFile)('go', ['build', '-o', 'kv', '.'], { cwd: folder, env });
  }, timeout);

  afterEach(async () => {
    await manager?.close();
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function open(change: (registry: string) => string = (registry) => registry): Promise<PluginManager> {
    const registry = await readFile(join(folder, 'plugins.yaml'), 'utf8');
    await writeFile(join(folder, 'changed.yaml'), change(registry));
    const { options, lines: observedLines } = observed();
    lines = observedLines;
    manager = await PluginManager.open(join(folder, 'changed.yaml'), options);
    return manager;
  }

  test('keeps values, streams its keys, fails by statuses, logs, and ends by itself', async () => {
    const opened = await open();
    const call = async (action: string, input: unknown): Promise<unknown> =>
      await opened.executePlugin('kv', input, { action });
    const value = Buffer.alloc(6_000_000, 7);
    expect(await call('Put', { key: 'tea', value: Buffer.from('green') })).toEqual({});
    await call('Put', { key: 'large', value });
    expect(await call('Get', { key: 'tea' })).toEqual({ value: Buffer.from('green') });
    expect(value.equals(((await call('Get', { key: 'large' })) as { value: Buffer }).value)).toBe(true);
    const keys: unknown[] = [];
    for await (const key of (await call('List', {})) as AsyncIterable<unknown>) keys.push(key);
    expect(keys).toEqual([{ key: 'large' }, { key: 'tea' }]);
    await expect(call('Get', { key: 'milk' })).rejects.toMatchObject({
      code: 'PLUGIN_RAISED',
      message: expect.stringContaining('NOT_FOUND: there is no milk') as string,
    });
    const logged = (text: string): unknown => lines.find(({ msg }) => msg === text);
    await until(() => logged('put tea'), 'what it prints');
    await opened.close();
    expect(logged('has kept enough')).toMatchObject({ level: 30, logger: 'kv', fields: { go: true } });
    expect(lines.filter(({ msg }) => String(msg).includes('by force'))).toEqual([]);
  });

  test('that is killed is started again', async () => {
    const opened = await open();
    await opened.startPlugin('kv');
    process.kill(opened.plugins()[0]?.instances[0]?.pid as number, 'SIGKILL');
    await until(() => opened.plugins()[0]?.instances[0]?.generation !== 1, 'the end of the first');
    expect(await opened.executePlugin('kv', { key: 'tea' }, { action: 'Put' })).toEqual({});
  });

  test.each([
    ['hello', 'bye', 'PLUGIN_EXITED', 'magic cookie'],
    [
      'proto: kv.proto',
      'protocol_versions: [2]',
      'PROTOCOL_MISMATCH',
      'offers version 2 of its protocol, and it speaks 1',
    ],
    ['proto: kv.proto', '', 'PROTOCOL_MISMATCH', 'has no such service'],
  ])('with %s as %j fails with %s', async (written, changed, code, said) => {
    const opened = await open((registry) => registry.replace(written, changed));
    await expect(opened.startPlugin('kv')).rejects.toMatchObject({
      code,
      message: expect.stringContaining(said) as string,
    });
  });
});
