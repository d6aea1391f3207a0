import { PreciseDate } from '@bulkhead/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { jsonText } from '../../src/views/json-text.ts';
import { observed } from '../test-home.ts';
import { onThisWire, overEachWire } from '../wires.ts';

let manager: PluginManager;
const id = 'typed';

overEachWire(() => {
  beforeAll(async () => {
    manager = await PluginManager.open(await onThisWire('plugins/typed'), observed().options);
  });

  afterAll(async () => {
    await manager.close();
  });

  const part = {
    id: '00000000-0000-0000-0000-000000000001',
    colour: 'red',
    price: '1.10',
    when: new Date('2026-01-02T03:04:05.678Z'),
  };

  describe('what an action hints', () => {
    test('its code gets, and what it answers crosses as it came', async () => {
      const order = { ...part, when: '2026-01-02T03:04:05Z', parts: [part] };
      expect(await manager.executePlugin(id, { order }, { action: 'again' })).toEqual({
        ...part,
        when: new Date('2026-01-02T03:04:05Z'),
        file: 'none',
        parts: [{ ...part, file: 'none', parts: [] }],
      });
      const orders = [part, { ...part, colour: 'green' }, part];
      const answer = await manager.executePlugin(id, { orders, colour: 'red' }, { action: 'reordered' });
      expect(answer).toEqual({
        colours: expect.arrayContaining(['red', 'green']) as string[],
        chosen: 'red',
        spans: [60],
      });
    });

    test('a date and time without a zone comes back as it was', async () => {
      const local = { ...part, when: '2026-01-02T03:04:05.000006' };
      const answer = await manager.executePlugin(id, { order: { ...local, parts: [local] } }, { action: 'again' });
      expect(answer).toMatchObject({ when: local.when, parts: [{ when: local.when }] });
    });

    test.each([
      ['$.orders[1].colour', { orders: [part, { ...part, colour: 'blue' }] }, "'blue' is not one of 'red', 'green'"],
      ['$.orders[0].when', { orders: [{ ...part, when: 'soon' }] }, "'soon' is not a date and time in ISO 8601"],
      ['$.orders[0].price', { orders: [{ ...part, price: undefined }] }, 'missing'],
      ['$.colour', { orders: [], colour: 5 }, "5 is not one of 'red', 'green'"],
      ['$.orders', { orders: new Set() }, undefined],
    ])('refuses what is something else, with its place: %s', async (path, input, said) => {
      await expect(manager.executePlugin(id, input, { action: 'reordered' })).rejects.toMatchObject({
        code: said === undefined ? 'INPUT_NOT_ENCODABLE' : 'INPUT_REJECTED',
        blame: 'user',
        details: { path, ...(said === undefined ? {} : { reason: `${path}: ${said}` }) },
      });
    });

    test('holds for each chunk of a stream', async () => {
      const orders = async function* (): AsyncGenerator<unknown> {
        yield part;
        yield { ...part, price: 'free' };
      };
      const prices = (await manager.executePlugin(
        id,
        { orders: orders() },
        { action: 'prices' },
      )) as AsyncIterable<string>;
      const seen: string[] = [];
      const reading = (async (): Promise<void> => {
        for await (const price of prices) seen.push(price);
      })();
      await expect(reading).rejects.toMatchObject({ code: 'INPUT_REJECTED', details: { path: '$.orders[1].price' } });
      expect(seen).toEqual(['1.10']);
    });

    test('a caller reads as JSON Schema', () => {
      const status = manager.plugins()[0];
      expect(JSON.stringify(status)).toContain('"enum":["red","green"]');
    });
  });

  test.each([123_456, 1, 999_999, 0, 5_000])(
    'an instant with %d microseconds comes back to Python as it was',
    async (us) => {
      const when = (await manager.executePlugin(id, us, { action: 'instant' })) as Date;
      expect(when).toBeInstanceOf(Date);
      expect(when instanceof PreciseDate).toBe(us % 1_000 !== 0);
      expect(when.getUTCMilliseconds()).toBe(Math.floor(us / 1_000));
      const text = `2026-01-02T03:04:05${us === 0 ? '' : `.${String(us).padStart(6, '0')}`}+00:00`;
      expect(await manager.executePlugin(id, { when }, { action: 'is_the_same' })).toEqual([true, text]);
      const json = JSON.parse(jsonText(when, { pretty: false })) as string;
      expect(await manager.executePlugin(id, json, { action: 'is_the_same' })).toEqual([true, text]);
    },
  );
});
