import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginStream } from '../../src/session/plugin-stream.ts';
import { observed } from '../test-home.ts';
import { untilHolds } from '../until.ts';
import { onThisWire, overEachWire } from '../wires.ts';

let manager: PluginManager;
let lines: Record<string, unknown>[];

overEachWire(() => {
  beforeEach(async () => {
    const { options, lines: observedLines } = observed();
    lines = observedLines;
    manager = await PluginManager.open(await onThisWire('host-calls.yaml'), options);
  });

  afterEach(async () => {
    await manager.close();
  });

  function attempt(data: Record<string, unknown>): Promise<unknown> {
    return manager.executePlugin('first', data, { action: 'attempt' });
  }

  async function asleep(): Promise<void> {
    await untilHolds(() => expect(lines).toContainEqual(expect.objectContaining({ msg: 'asleep' })));
  }

  describe('a plugin calls another', () => {
    test.each([
      ['nothing', null],
      ['data', { rows: [1, 2n ** 60n, 'three'] }],
      ['a body', new Uint8Array(200_000).fill(7)],
    ])('and hands on %s, there and back', async (_, data) => {
      const call = { plugin: 'second', data: { value: data }, action: 'answer' };
      expect(await manager.executePlugin('first', call)).toEqual(data);
    });

    test('from a coroutine, and from a generator between its chunks', async () => {
      const options = { action: 'later' };
      expect(await manager.executePlugin('first', { plugin: 'second', data: [1] }, options)).toEqual([1]);
      const each = { plugin: 'second', values: [[1], [2], [3]] };
      const stream = (await manager.executePlugin('first', each, { action: 'each' })) as PluginStream;
      const chunks: unknown[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      expect(chunks).toEqual([[1], [2], [3]]);
    });

    test('while other calls come in: they wait in their order, and each gets its own answer', async () => {
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          index % 2 === 0
            ? manager.executePlugin('first', { value: index }, { action: 'answer' })
            : manager.executePlugin('first', { plugin: 'second', data: { value: index }, action: 'answer' }),
        ),
      );
      expect(answers).toEqual(Array.from({ length: 60 }, (_, index) => index));
    });

    test('and each has less time than the one before', async () => {
      const data = { route: ['second', 'third'] };
      const left = await manager.executePlugin('first', data, { action: 'forward', timeout: 20_000 });
      const [first = 0, second = 0, third = 0] = left as number[];
      expect(first).toBeLessThanOrEqual(20);
      // each takes 50 ms before it calls the next
      expect(second).toBeLessThan(first - 0.049);
      expect(third).toBeLessThan(second - 0.049);
      expect(third).toBeGreaterThan(0);
    });
  });

  describe('it is told', () => {
    test('what the other raised', async () => {
      expect(await attempt({ plugin: 'second', action: 'fails' })).toEqual({
        code: 'PLUGIN_RAISED',
        message: expect.stringContaining('second.fails raised ValueError: not today') as string,
        data: { shelf: 7 },
      });
    });

    test('that it may not call a plugin which the registry does not name', async () => {
      expect(await attempt({ plugin: 'third', action: 'answer', data: 1 })).toMatchObject({
        code: 'HOST_CALL_DENIED',
        message: expect.stringMatching(
          /^Plugin "first" may not call plugin "third"\. To allow it, write `may_call: \[.*, third\]` at plugin "first"/,
        ) as string,
      });
      expect(manager.plugins().find(({ id }) => id === 'third')?.state).toBe('idle');
    });

    test('that there is no such plugin', async () => {
      expect(await attempt({ plugin: 'nowhere' })).toMatchObject({ code: 'PLUGIN_UNKNOWN' });
    });

    test('that it would wait for itself', async () => {
      expect(await attempt({ plugin: 'first' })).toMatchObject({
        code: 'HOST_CALL_PATH_REFUSED',
        message: 'Bulkhead refused the call first → first: first would wait for itself.',
      });
      const circle = { plugin: 'second', action: 'attempt', data: { plugin: 'first' } };
      expect(await attempt(circle)).toMatchObject({
        message: 'Bulkhead refused the call first → second → first: first would wait for itself.',
      });
    });

    test('that its own limit is over', async () => {
      await manager.startPlugin('second');
      expect(await attempt({ plugin: 'second', action: 'sleeps', timeout: 1 })).toMatchObject({ code: 'CALL_TIMEOUT' });
      expect(await manager.executePlugin('second', null, { action: 'state' })).toEqual(['Cancelled']);
    });

    test('that its own limit is over while the other was busy with something else', async () => {
      const controller = new AbortController();
      const busy = manager.executePlugin('second', null, { action: 'sleeps', signal: controller.signal });
      await asleep();
      expect(await attempt({ plugin: 'second', action: 'answer', data: 1, timeout: 0.2 })).toMatchObject({
        code: 'QUEUE_TIMEOUT',
        message: expect.stringContaining('busy with 1 other') as string,
      });
      controller.abort();
      await expect(busy).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    });

    test('that a stream is not handed on', async () => {
      expect(await attempt({ plugin: 'streams', data: 1_000_000 })).toMatchObject({ code: 'RESULT_NOT_ENCODABLE' });
    });
  });

  test('an outer call that is cancelled ends the inner one, and both plugins go on', async () => {
    const controller = new AbortController();
    const call = { plugin: 'second', action: 'sleeps' };
    const outer = manager.executePlugin('first', call, { signal: controller.signal });
    await asleep();
    controller.abort();
    await expect(outer).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
    expect(await manager.executePlugin('second', null, { action: 'state' })).toEqual(['Cancelled']);
    expect(await manager.executePlugin('first', { value: 1 }, { action: 'answer' })).toBe(1);
    expect(manager.plugins().map(({ restarts }) => restarts)).toEqual([0, 0, 0, 0]);
  });

  test('an uncaught failure of the other is the failure of the call', async () => {
    await expect(manager.executePlugin('first', { plugin: 'second', action: 'fails' })).rejects.toMatchObject({
      code: 'PLUGIN_RAISED',
      context: { plugin: 'first', remoteType: 'plugin_sdk.RemoteError', remoteData: { shelf: 7 } },
    });
  });
});
