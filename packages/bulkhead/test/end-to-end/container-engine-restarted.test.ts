import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ContainerEngine } from '../../src/engine/container-engine.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { onlyWith, quickImage, testEngine } from '../container-engine.ts';
import { removeDaemon, startDaemon, stopDaemon } from '../engine-daemon.ts';
import { onlyIf } from '../not-run.ts';
import { fixture, observed } from '../test-home.ts';
import { until } from '../until.ts';

const found = await testEngine();
const isRoot = process.getuid?.() === 0;

describe('an engine that is', isRoot ? onlyWith(found) : onlyIf(false, 'only root can start an engine'), () => {
  let folder: string;
  let socket: string;
  let manager: PluginManager;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulkhead-engine-'));
    socket = `${folder}.sock`;
    await startDaemon({ folder, socket, options: ['--live-restore'], isAlone: true });
    const image = await quickImage(new ContainerEngine({ socket, origin: 'The test' }));
    const registry = join(folder, 'plugins.yaml');
    await writeFile(
      registry,
      `plugins: [{ id: tries, path: ${fixture('plugins/tries')}, isolation: docker, image: "${image}" }]\n`,
    );
    const variables = { ...process.env, DOCKER_HOST: `unix://${socket}` };
    manager = await PluginManager.open(registry, { ...observed().options, home: join(folder, 'home'), variables });
  });

  afterAll(async () => {
    await manager?.close();
    await stopDaemon(folder);
    await removeDaemon(socket, folder);
  });

  test('restarted under a plugin (live-restore) loses no call, and the end of the plugin is noticed afterwards', async () => {
    const [first] = [await generation()];
    const meanwhile: unknown[] = [];
    let isOver = false;
    const calls = (async () => {
      while (!isOver) meanwhile.push(await manager.executePlugin('tries', 'seen = 1'));
    })();
    await stopDaemon(folder);
    await startDaemon({ folder, socket, options: ['--live-restore'], isAlone: true });
    isOver = true;
    await calls;
    expect(new Set(meanwhile)).toEqual(new Set([1]));
    expect(await generation()).toBe(first);
    const ending = manager.executePlugin('tries', 'import os; os._exit(9)');
    await expect(ending).rejects.toMatchObject({
      code: 'PLUGIN_CRASHED',
      message: expect.stringMatching(/status 9/) as string,
    });
  });

  test('stopped, and its containers with it, is said to be; the plugin comes back with the engine', async () => {
    await manager.executePlugin('tries', 'seen = 1');
    await stopDaemon(folder);
    await startDaemon({ folder, socket, isAlone: true });
    await until(async () => await manager.executePlugin('tries', 'seen = true').catch(() => undefined), 'the plugin');
    const call = manager.executePlugin('tries', 'import time; time.sleep(60)').catch((error: unknown) => error);
    await until(() => manager.plugins()[0]?.instances[0]?.inFlight === 1, 'the call');
    await stopDaemon(folder);
    expect(await call).toMatchObject({ code: 'ENGINE_STOPPED', retryable: true });
    await expect(manager.executePlugin('tries', 'seen = 1')).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    await startDaemon({ folder, socket, isAlone: true });
    manager.resetPlugin('tries');
    expect(await manager.executePlugin('tries', 'seen = "back"')).toBe('back');
  });

  async function generation(): Promise<number | undefined> {
    await manager.executePlugin('tries', 'seen = 1');
    return manager.plugins()[0]?.instances[0]?.generation;
  }
});
