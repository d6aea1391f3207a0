import { afterEach, beforeEach, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { onlyOnLinux } from '../not-run.ts';
import { observed } from '../test-home.ts';
import { until } from '../until.ts';
import { onThisWire, overEachWire } from '../wires.ts';

const PROCESSOR_TIME = 'processor time is read from /proc';

let manager: PluginManager;

overEachWire(() => {
  beforeEach(async () => {
    manager = await PluginManager.open(await onThisWire('takes-long.yaml'), observed().options);
    await manager.startPlugin('takes_long');
  });

  afterEach(async () => {
    await manager.close();
  });

  const status = () => manager.plugins()[0]?.instances[0];

  async function told(health: string): Promise<void> {
    await until(() => status()?.health === health, `that the instance is said to be ${health}`);
  }

  function call(action: string, timeout = 60_000): { failed: Promise<Error>; end: () => void } {
    const ending = new AbortController();
    const failed = manager
      .executePlugin('takes_long', null, { action, timeout, signal: ending.signal })
      .then(() => Promise.reject(new Error('it was answered')))
      .catch((error: unknown) => error as Error);
    return { failed, end: () => ending.abort() };
  }

  test.each(['compute', 'compute_in_c'])(
    'an instance that computes (%s) is busy, and is left alone',
    onlyOnLinux(PROCESSOR_TIME),
    async (action) => {
      const before = status();
      const { failed, end } = call(action);
      await told('busy');
      expect(status()).toMatchObject({ pid: before?.pid, generation: before?.generation, health: 'busy' });
      expect(await manager.metrics()).toContain('bulkhead_instance_health{plugin_id="takes_long",health="busy"} 1');
      expect(await manager.metrics()).toContain('bulkhead_instance_health{plugin_id="takes_long",health="ready"} 0');
      end();
      expect(await failed).toMatchObject({ code: 'CALL_CANCELLED' });
    },
  );

  test('an instance that was stopped is blocked until it goes on', onlyOnLinux(PROCESSOR_TIME), async () => {
    const { failed, end } = call('wait');
    const pid = status()?.pid as number;
    process.kill(pid, 'SIGSTOP');
    try {
      await told('blocked');
      expect(status()).toMatchObject({ pid, health: 'blocked' });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await told('ready');
    expect(status()).toMatchObject({ pid, health: 'ready' });
    end();
    await failed;
  });

  test.each([
    ['compute', 500, /: its process was computing all the time \(.* of processor time in the last .* s\)\.$/],
    ['compute_in_c', 500, /: its process was computing all the time/],
    ['wait', 500, /: its process was waiting, such as for the network, a lock or another process \(0\.\d/],
    ['wait_in_c', 4_000, /: its process was blocked, and did not even answer a ping \(0\.\d/],
  ])(
    'a call of %s that took too long says what its process did',
    onlyOnLinux(PROCESSOR_TIME),
    async (action, timeout, message) => {
      const error = await call(action, timeout).failed;
      expect(error).toMatchObject({ code: 'CALL_TIMEOUT' });
      expect(error.message).toMatch(message);
    },
  );

  test('an instance that waits, but answers pings, is ready', async () => {
    const { failed, end } = call('wait', 3_000);
    expect(await failed).toMatchObject({ code: 'CALL_TIMEOUT' });
    end();
    expect(status()?.health).toBe('ready');
  });

  test('an instance that is gone is dead, and then nobody', async () => {
    const pid = status()?.pid as number;
    const { failed } = call('wait');
    process.kill(pid, 'SIGKILL');
    expect(await failed).toMatchObject({ code: 'PLUGIN_CRASHED' });
    expect([undefined, 'dead']).toContain(status()?.health);
    expect(await manager.metrics()).toContain('bulkhead_instance_health{plugin_id="takes_long",health="ready"} 0');
  });
});
