import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { runningProcesses } from '../../src/manager/running-processes.ts';
import { fixture, observed } from '../test-home.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-loading-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('a load that is under way when the manager is closed leaves no plugin and no process', async () => {
  const warm = join(folder, 'warm');
  await cp(fixture('plugins/prints'), warm, { recursive: true });
  await writeFile(
    join(warm, 'pyproject.toml'),
    '[project]\nname = "warm"\nversion = "1.0"\n[tool.bulkhead]\ninstances = 1\n',
  );
  const { options } = observed();
  const manager = new PluginManager(options);
  const loading = [manager.loadPlugin(warm), manager.loadPlugin(join(folder, 'nothing-there'))];
  const closed = manager.close();
  const outcomes = await Promise.allSettled(loading);
  expect(outcomes).toMatchObject([
    { status: 'rejected', reason: { code: 'MANAGER_CLOSED' } },
    { status: 'rejected', reason: { code: 'PLUGIN_FOLDER_MISSING' } },
  ]);
  await closed;
  expect(manager.plugins()).toEqual([]);
  const running = await runningProcesses(new StateFolder(options.home ?? ''));
  expect(running.filter(({ folder: its }) => its === warm)).toEqual([]);
});
