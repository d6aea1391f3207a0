import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fixture, TEST_HOME } from '../test-home.ts';

let folder: string;
let registry: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-finished-'));
  registry = join(folder, 'plugins.yaml');
  const plugins = [
    { id: 'spawned', start: 'spawn' },
    { id: 'forked', start: 'fork', instances: { min: 1, max: 2, spare: 1 } },
  ].map((plugin) => ({
    ...plugin,
    path: fixture('plugins/takes_its_time'),
    config: { cleaned_up: join(folder, plugin.id) },
    timeouts: { cancel_grace: '5s' },
  }));
  await writeFile(registry, JSON.stringify({ plugins }));
});

afterEach(async () => await rm(folder, { recursive: true, force: true }));

async function cleanups(id: string): Promise<number> {
  return (await readFile(join(folder, id), 'utf8')).trim().split('\n').length;
}

test('a program that does not close its manager ends when its work is done, not before, and its plugins clean up', async () => {
  const program = fixture('programs/finishes.mjs');
  const { exitCode, stdout, stderr } = await execa(process.execPath, [
    program,
    registry,
    TEST_HOME,
    join(folder, 'mark'),
  ]);
  expect(stdout.split('\n')).toEqual([
    'prepared',
    'started',
    'called 1',
    'queued 2 3',
    'streamed 0',
    'streamed 1',
    'streamed 2',
    'let go of',
    'survived',
    'reloaded',
    'CALL_TIMEOUT',
    'CALL_CANCELLED',
    'forked',
    'done',
    'done',
  ]);
  expect({ exitCode, stderr: stderr.replace(/^\{.*"msg":"instance ended.*\}\n?/gm, '') }).toEqual({
    exitCode: 0,
    stderr: '',
  });
  expect(await cleanups('spawned')).toBe(2);
  expect(await cleanups('forked')).toBe(1);
});

test.each(['spawned', 'forked'])(
  'a program that only starts a plugin ends, after what it does at its end (%s)',
  async (id) => {
    const door = new URL('../../dist/index.js', import.meta.url).href;
    const program = `
    import { PluginManager } from ${JSON.stringify(door)};
    const manager = await PluginManager.open(${JSON.stringify(registry)}, { home: ${JSON.stringify(TEST_HOME)} });
    const others = Array.from({ length: 12 }, () => new PluginManager({ home: ${JSON.stringify(TEST_HOME)} }));
    await manager.startPlugin(${JSON.stringify(id)});
    process.once('beforeExit', async () => console.log(await manager.executePlugin(${JSON.stringify(id)}, 'last words')));`;
    const { exitCode, stdout, stderr } = await execa(process.execPath, ['--input-type=module', '--eval', program]);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: 'last words', stderr: '' });
    expect(await cleanups('forked')).toBe(1);
  },
);
