import { afterAll, beforeAll, describe, expect, test, type TestOptions } from 'vitest';
import { NdArray, PluginManager } from '../../src/index.ts';
import { onlyIf } from '../not-run.ts';
import { TEST_HOME } from '../test-home.ts';
import { until } from '../until.ts';
import { onThisWire, OVER_ZEROMQ, overEachWire, type Wire } from '../wires.ts';

const MIB = 1024 * 1024;
const LARGE = 32 * MIB;

let manager: PluginManager;

/** Options of a test that meets half an answer. */
function inPieces({ over }: Wire): TestOptions {
  return onlyIf(over !== OVER_ZEROMQ, 'ZeroMQ hands over an answer once all of it is there');
}

overEachWire((wire) => {
  beforeAll(async () => {
    manager = await PluginManager.open(await onThisWire('plugins/echo'), { home: TEST_HOME });
  });

  afterAll(async () => {
    await manager.close();
  });

  describe('an answer is received into the memory that the caller gives', () => {
    test.each([0, 1, 65_535, 65_536, 65_537, MIB])('of %d bytes', async (size) => {
      const into = Buffer.alloc(MIB);
      const answer = (await manager.executePlugin('echo', Buffer.alloc(size, 'x'), { into })) as Uint8Array;
      expect(answer.constructor).toBe(Uint8Array);
      expect(answer.length).toBe(size);
      expect(answer.buffer).toBe(into.buffer);
      expect(into.subarray(0, size).equals(Buffer.alloc(size, 'x'))).toBe(true);
      expect(into.subarray(size).equals(Buffer.alloc(MIB - size))).toBe(true);
    });

    test.each([3, 20_000])('as arrays of %d elements, wherever in the answer they stand', async (length) => {
      const into = new ArrayBuffer(MIB);
      for (const array of [
        new Float64Array(length).fill(0.5),
        new Int32Array(length).fill(-1),
        new BigInt64Array(length).fill(-5n),
      ]) {
        const answer = (await manager.executePlugin('echo', { rows: [1, { array }] }, { into })) as {
          rows: [1, { array: typeof array }];
        };
        expect(answer.rows[1].array).toEqual(array);
        expect(answer.rows[1].array.buffer).toBe(into);
      }
      const matrix = new NdArray(new Float32Array(2 * length).fill(2), [2, length]);
      const answer = (await manager.executePlugin('echo', [matrix, matrix], { into })) as NdArray[];
      expect(answer).toEqual([matrix, matrix]);
      expect(answer.map(({ data }) => data.buffer === into)).toEqual([true, false]);
    });

    test('or into memory of its own, where it does not fit', async () => {
      const into = new Uint8Array(100_000);
      const answer = (await manager.executePlugin('echo', new Uint8Array(100_001).fill(1), { into })) as Uint8Array;
      expect(answer).toHaveLength(100_001);
      expect(answer.buffer).not.toBe(into.buffer);
      expect(into.every((byte) => byte === 0)).toBe(true);
    });
  });

  test(
    'nothing is written to it once the call has ended, though its answer is still coming',
    inPieces(wire),
    async () => {
      const data = Buffer.alloc(LARGE, 'x');
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const into = new Uint8Array(LARGE);
        const controller = new AbortController();
        const call = manager.executePlugin('echo', data, { into, signal: controller.signal });
        const ended = expect(call).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
        await until(() => into[0] !== 0, 'the first byte of the answer');
        expect(into.at(-1)).toBe(0);
        controller.abort();
        into.fill(1);
        await ended;
        expect(await manager.executePlugin('echo', 'behind it')).toBe('behind it');
        expect(Buffer.from(into.buffer).equals(Buffer.alloc(LARGE, 1))).toBe(true);
      }
      expect(manager.plugins()[0]?.instances[0]?.generation).toBe(1);
    },
  );

  test('memory that is transferred elsewhere meanwhile costs the call, and nothing else', inPieces(wire), async () => {
    const into = new Uint8Array(LARGE);
    const call = manager.executePlugin('echo', Buffer.alloc(LARGE, 'x'), { into });
    const ended = expect(call).rejects.toThrow('the memory for its answer was taken away');
    await until(() => into[0] !== 0, 'the first byte of the answer');
    structuredClone(into.buffer, { transfer: [into.buffer] });
    await ended;
    expect(await manager.executePlugin('echo', 'behind it')).toBe('behind it');
  });

  test('what is no memory is refused before anything is sent', async () => {
    const moved = new ArrayBuffer(8);
    const view = new Uint8Array(moved);
    structuredClone(moved, { transfer: [moved] });
    for (const into of [[1, 2], 'text', moved, view] as unknown as ArrayBuffer[])
      await expect(manager.executePlugin('echo', 1, { into })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });
});
