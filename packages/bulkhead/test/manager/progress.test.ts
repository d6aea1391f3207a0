import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CallProgress } from '../../src/manager/execute-options.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { observed } from '../test-home.ts';
import { onThisWire, overEachWire } from '../wires.ts';

let manager: PluginManager;

overEachWire(() => {
  beforeEach(async () => {
    manager = await PluginManager.open(await onThisWire('plugins/reports'), observed().options);
  });

  afterEach(async () => {
    await manager.close();
  });

  test('the caller hears how far its call has come, while it runs', async () => {
    const heard: CallProgress[] = [];
    const controller = new AbortController();
    const onProgress = (progress: CallProgress): void => {
      heard.push(progress);
      if (progress.fraction === 1) controller.abort();
    };
    const call = manager.executePlugin('reports', null, { signal: controller.signal, onProgress });
    await expect(call).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    expect(heard).toEqual([{ fraction: 0.25, message: 'reading' }, { message: 'no idea how far' }, { fraction: 1 }]);
  });

  test('a listener that throws ends its call, and nothing else', async () => {
    const mistake = new Error('the listener is broken');
    const onProgress = (): never => {
      throw mistake;
    };
    await expect(manager.executePlugin('reports', null, { onProgress })).rejects.toBe(mistake);
    expect(await manager.executePlugin('reports', null, { action: 'seconds_left' })).toBeGreaterThan(0);
  });

  test('the plugin knows how long the caller will wait', async () => {
    const left = await manager.executePlugin('reports', null, { action: 'seconds_left', timeout: 20_000 });
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(20);
    const unlimited = await manager.executePlugin('reports', null, { action: 'seconds_left' });
    expect(unlimited).toBeGreaterThan(20);
  });
});
