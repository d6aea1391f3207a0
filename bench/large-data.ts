import { once } from 'node:events';
import type { Socket } from 'node:net';
import { FrameDecoder, FrameEncoder, Kind } from '@bulkhead/protocol';
import type { PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { sdkFolder, spawnFloor } from './floor-process.ts';
import { median, summarize } from './statistics.ts';

const MIB = 1024 * 1024;

/** Measures bytes there and back: 1 MiB against a bare socket, 100 MiB against MessagePack that holds them inside its frame. */
export async function largeData(manager: PluginManager, python: string): Promise<readonly Figure[]> {
  const into = new ArrayBuffer(100 * MIB);
  return [
    await compare({
      name: 'body_1MiB_ratio',
      goal: { atMost: 1.3 },
      what: '1 MiB there and back, ms; floor: the same bytes through a socket, without a codec, buffers kept',
      bytes: MIB,
      rounds: 9,
      calls: 40,
      floor: rawFloor(python, MIB),
      own: (data) => manager.executePlugin('echo', data),
      ratio: (own, floor) => own / floor,
    }),
    await compare({
      name: 'body_100MiB_speedup',
      goal: { atLeast: 6 },
      what: '100 MiB there and back, ms; floor: MessagePack with the bytes inside the frame',
      bytes: 100 * MIB,
      rounds: 7,
      calls: 1,
      floor: inlineFloor(python, 100 * MIB),
      own: (data) => manager.executePlugin('echo', data),
      ratio: (own, floor) => floor / own,
    }),
    await compare({
      name: 'body_100MiB_into_speedup',
      goal: { atLeast: 3 },
      what: 'the same with `into`: the answer is received into memory that is used again',
      bytes: 100 * MIB,
      rounds: 7,
      calls: 1,
      floor: inlineFloor(python, 100 * MIB),
      own: (data) => manager.executePlugin('echo', data, { into }),
      ratio: (own, floor) => floor / own,
    }),
  ];
}

interface Floor {
  echo(data: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

interface Comparison extends Pick<Figure, 'name' | 'what'> {
  readonly goal: NonNullable<Figure['goal']>;
  readonly bytes: number;
  readonly rounds: number;
  readonly calls: number;
  readonly floor: Floor;
  own(data: Uint8Array): Promise<unknown>;
  ratio(own: number, floor: number): number;
}

async function compare({ bytes, rounds, calls, floor, own, ratio, ...figure }: Comparison): Promise<Figure> {
  const data = Buffer.alloc(bytes, 'x');
  const ours: number[] = [];
  const theirs: number[] = [];
  const ratios: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const floorTimes = await measure(() => floor.echo(data), calls);
    const ownTimes = await measure(() => own(data), calls);
    if (round < 0) continue;
    theirs.push(...floorTimes);
    ours.push(...ownTimes);
    ratios.push(ratio(median(ownTimes), median(floorTimes)));
  }
  await floor.close();
  return { ...figure, unit: 'ratio', value: median(ratios), ours: summarize(ours), floor: summarize(theirs) };
}

async function measure(call: () => Promise<unknown>, count: number): Promise<number[]> {
  const durations: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    await call();
    durations.push(performance.now() - start);
  }
  return durations;
}

/** Copies the answer into one buffer: a caller could not use it in pieces. */
function rawFloor(python: string, bytes: number): Floor {
  const { child, socket } = spawnFloor(python, 'raw_bytes.py');
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(bytes));
  socket.write(head);
  const target = Buffer.alloc(bytes);
  let filled = 0;
  let done = (): void => {};
  socket.on('data', (chunk: Buffer) => {
    target.set(chunk, filled);
    filled += chunk.length;
    if (filled === bytes) done();
  });
  return {
    echo: (data) =>
      new Promise((resolve) => {
        filled = 0;
        done = resolve;
        socket.write(data);
      }),
    close: () => end(socket, child),
  };
}

function inlineFloor(python: string, bytes: number): Floor {
  const { child, socket } = spawnFloor(python, 'inline_message.py', sdkFolder());
  const limits = { maxFrameBytes: bytes + 1024 };
  const encoder = new FrameEncoder(limits);
  let done = (): void => {};
  const receiver = {
    frame: (): void => done(),
    refused: (error: Error): void => {
      throw error;
    },
  };
  const decoder = new FrameDecoder(receiver, limits);
  socket.on('data', (chunk: Buffer) => decoder.push(chunk));
  return {
    echo: (data) =>
      new Promise((resolve) => {
        done = resolve;
        encoder.append([Kind.Call, 1, 'execute', data], Number.POSITIVE_INFINITY);
        socket.write(encoder.take());
        encoder.detach();
      }),
    close: () => end(socket, child),
  };
}

async function end(socket: Socket, child: ReturnType<typeof spawnFloor>['child']): Promise<void> {
  socket.end();
  await once(child, 'exit');
}
