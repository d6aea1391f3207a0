import { STREAM_WINDOW_CHUNKS } from '@bulkhead/protocol';
import { beforeEach, expect, test } from 'vitest';
import { PluginStream } from '../../src/session/plugin-stream.ts';

let granted: number[];
let stops: number;
let stream: PluginStream;

beforeEach(() => {
  granted = [];
  stops = 0;
  stream = new PluginStream({ grant: (count) => granted.push(count), stop: () => (stops += 1) });
});

const over = { done: true, value: undefined };

test('what the generator returned comes once, and then nothing', async () => {
  stream.push('a');
  stream.end('returned');
  expect(stream.returned).toBe('returned');
  expect([await stream.next(), await stream.next(), await stream.next()]).toEqual([
    { done: false, value: 'a' },
    { done: true, value: 'returned' },
    over,
  ]);
});

test('what the generator raised comes once, behind the chunks that are here, and then nothing', async () => {
  stream.push('a');
  stream.fail(new Error('raised'));
  expect(await stream.next()).toEqual({ done: false, value: 'a' });
  await expect(stream.next()).rejects.toThrow('raised');
  expect(await stream.next()).toEqual(over);
});

test('what it raised goes to the first of several readers that wait', async () => {
  const readers = [stream.next(), stream.next()];
  stream.fail(new Error('raised'));
  await expect(readers[0]).rejects.toThrow('raised');
  expect(await readers[1]).toEqual(over);
  expect(await stream.next()).toEqual(over);
});

test('the first end counts', async () => {
  stream.end(1);
  stream.end(2);
  stream.fail(new Error('late'));
  expect(stream.returned).toBe(1);
  expect(await stream.next()).toEqual({ done: true, value: 1 });
});

test('a reader that leaves takes no chunks, no value and no error with it', async () => {
  stream.push('a');
  const left = stream.return('mine');
  expect(stops).toBe(1);
  // what was on its way breaks no rule, and is dropped
  expect(stream.push('late')).toBe(true);
  stream.fail(new Error('late'));
  stream.leave();
  expect(await left).toEqual({ done: true, value: 'mine' });
  expect(await stream.next()).toEqual(over);
});

test('leaving a generator that has raised throws nothing', async () => {
  stream.fail(new Error('raised'));
  expect(await stream.return()).toEqual(over);
  expect(stops).toBe(0);
  expect(await stream.next()).toEqual(over);
});

test('a reader that waits hears of the end by another that leaves', async () => {
  const waiting = stream.next();
  void stream.return();
  expect(await waiting).toEqual(over);
});

test('as many chunks as the window holds may come, and one more is too many', () => {
  for (let count = 1; count <= STREAM_WINDOW_CHUNKS; count += 1) expect(stream.push(count)).toBe(true);
  expect(stream.push('more')).toBe(false);
});

test('chunks that were taken are granted anew, and none for a stream that has ended', async () => {
  for (let count = 1; count <= STREAM_WINDOW_CHUNKS; count += 1) stream.push(count);
  for (let count = 1; count < STREAM_WINDOW_CHUNKS / 2; count += 1) await stream.next();
  expect(granted).toEqual([]);
  await stream.next();
  expect(granted).toEqual([STREAM_WINDOW_CHUNKS / 2]);
  expect(stream.push('again')).toBe(true);
  stream.end(undefined);
  for await (const _ of stream);
  expect(granted).toEqual([STREAM_WINDOW_CHUNKS / 2]);
});
