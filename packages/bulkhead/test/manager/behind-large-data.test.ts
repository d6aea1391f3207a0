import { afterAll, beforeAll, expect, test } from 'vitest';
import { PluginManager } from '../../src/index.ts';
import { TEST_HOME } from '../test-home.ts';
import { onThisWire, overEachWire } from '../wires.ts';

const LARGE = 256 * 1024 * 1024;
const THRESHOLD = 65_536;
/** Milliseconds; for a machine that is busy otherwise. */
const timeout = 300_000;

let manager: PluginManager;

overEachWire(() => {
  beforeAll(async () => {
    manager = await PluginManager.open(await onThisWire('plugins/echo'), { home: TEST_HOME });
    await manager.startPlugin('echo');
  });

  afterAll(async () => {
    await manager.close();
  });

  test('calls of any size before and behind a large one are all answered, in their order', { timeout }, async () => {
    const small = [0, 1, THRESHOLD - 1, THRESHOLD, THRESHOLD + 1].map((size) => Buffer.alloc(size, size % 251));
    const inputs = [...small, Buffer.alloc(LARGE, 'x'), ...small, Buffer.alloc(LARGE, 'y'), 'the last one'];
    const order: number[] = [];
    const call = async (input: Uint8Array | string, index: number): Promise<void> => {
      const answer = (await manager.executePlugin('echo', input, { timeout })) as Uint8Array | string;
      order.push(index);
      expect(Buffer.from(answer as string).equals(Buffer.from(input as string))).toBe(true);
    };
    await Promise.all(inputs.map(call));
    expect(order).toEqual(inputs.map((_, index) => index));
  });

  test('a call behind a large one ends by its signal while that is still on its way', { timeout }, async () => {
    const controller = new AbortController();
    let isLargeDone = false;
    const large = manager.executePlugin('echo', Buffer.alloc(LARGE, 'x'), { timeout }).then((answer) => {
      isLargeDone = true;
      return (answer as Uint8Array).length;
    });
    const behind = manager.executePlugin('echo', 'behind it', { signal: controller.signal });
    controller.abort();
    await expect(behind).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    expect(isLargeDone).toBe(false);
    expect(await large).toBe(LARGE);
    expect(await manager.executePlugin('echo', 'later', { timeout })).toBe('later');
  });
});
