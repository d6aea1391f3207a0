import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { fixture, observed } from '../test-home.ts';
import { until } from '../until.ts';

let folder: string;
let manager: PluginManager;
let lines: Record<string, unknown>[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-grpc-'));
});

afterEach(async () => {
  await manager?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Opens a manager of plugins, each as the fields of its entry and the folder of a fixture. */
async function open(entries: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Promise<void> {
  const plugins = Object.entries(entries).map(([id, { path = 'echo', ...fields }]) => ({
    id,
    path: fixture(`plugins/${String(path)}`),
    transport: 'grpc',
    dependencies: ['grpcio'],
    ...fields,
  }));
  const file = join(folder, 'plugins.yaml');
  await writeFile(file, JSON.stringify({ plugins }));
  const { options, lines: observedLines } = observed();
  lines = observedLines;
  manager = await PluginManager.open(file, options);
}

describe('a plugin over gRPC', () => {
  test('takes and gives what one over sockets does, beyond the limit of gRPC itself', async () => {
    await open({ echo: { config: { shelf: 7 } } });
    const small = { text: 'häßlich 🎉', numbers: new Float64Array([0.5, 2]) };
    expect(await manager.executePlugin('echo', small)).toEqual(small);
    const large = new Uint8Array(9_000_000).fill(7);
    expect(Buffer.compare((await manager.executePlugin('echo', large)) as Uint8Array, large)).toBe(0);
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => manager.executePlugin('echo', index)));
    expect(answers).toEqual(Array.from({ length: 200 }, (_, index) => index));
    expect(await manager.executePlugin('echo', null, { action: 'about' })).toMatchObject({ config: { shelf: 7 } });
  });

  test('ends in good order, with all that it has said before', async () => {
    await open({ echo: {} });
    await manager.executePlugin('echo', { message: 'hello' }, { action: 'log' });
    await manager.close();
    expect(lines).toContainEqual(expect.objectContaining({ plugin: 'echo', msg: 'hello', fields: { size: 5 } }));
    expect(lines).toContainEqual(expect.objectContaining({ plugin: 'echo', msg: 'written to descriptor 1' }));
    expect(lines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  test('streams both ways', async () => {
    await open({ streams: { path: 'streams' } });
    const stream = (await manager.executePlugin('streams', 5_000)) as AsyncIterable<number>;
    let sum = 0;
    for await (const number of stream) sum += number;
    expect(sum).toBe((4_999 * 5_000) / 2);
  });

  test('is cancelled in a call, and costs a call an error when it is killed in it', async () => {
    await open({ slow: { path: 'never_answers' } });
    await manager.startPlugin('slow');
    const controller = new AbortController();
    const cancelled = manager.executePlugin('slow', null, { signal: controller.signal });
    await until(() => manager.plugins()[0]?.instances[0]?.inFlight === 1, 'the call');
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    expect(manager.plugins()[0]?.instances[0]?.generation).toBe(1);
    await until(() => manager.plugins()[0]?.instances[0]?.inFlight === 0, 'the answer');
    const killed = manager.executePlugin('slow');
    await until(() => manager.plugins()[0]?.instances[0]?.inFlight === 1, 'the call');
    process.kill(manager.plugins()[0]?.instances[0]?.pid as number, 'SIGKILL');
    await expect(killed).rejects.toMatchObject({ code: 'PLUGIN_CRASHED' });
  });

  test('needs grpcio among its requirements, and says so', async () => {
    await open({ echo: { dependencies: [] } });
    await expect(manager.executePlugin('echo')).rejects.toMatchObject({
      code: 'TRANSPORT_PACKAGE_MISSING',
      message: expect.stringContaining(
        "its environment has no usable grpcio: ModuleNotFoundError: No module named 'grpc'",
      ) as string,
      advice: expect.stringContaining('dependencies: [grpcio]') as string,
    });
  });
});

test.each([
  [{ permissions: 'strict' }, 'transport: threads of gRPC run before `permissions` hold'],
  [{ start: 'fork' }, 'transport: with start: fork it has to be socket'],
])('a registry with transport: grpc and %j is refused', async (fields, message) => {
  const file = join(folder, 'plugins.yaml');
  const entry = { id: 'a', path: fixture('plugins/echo'), transport: 'grpc', ...fields };
  await writeFile(file, JSON.stringify({ plugins: [entry] }));
  await expect(PluginManager.open(file, observed().options)).rejects.toMatchObject({
    message: expect.stringContaining(message) as string,
  });
});
