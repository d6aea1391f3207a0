import { once } from 'node:events';
import type { Socket } from 'node:net';
import { FrameDecoder, FrameEncoder, Kind } from '@bulkhead/protocol';
import type { PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { sdkFolder, spawnFloor } from './floor-process.ts';
import { median, summarize } from './statistics.ts';

const ROUNDS = 9;
const CALLS = 30_000;
const IN_FLIGHT = 64;

/** Measures 64 calls in flight on one plugin against a bare MessagePack loop with the same batching on both sides. */
export async function inFlight(manager: PluginManager, python: string): Promise<readonly Figure[]> {
  const payload = Buffer.alloc(64, 'x');
  const { child, socket } = spawnFloor(python, 'message_loop.py', sdkFolder());
  const floorLoop = new MessageLoop(socket, payload);
  await floorLoop.run(CALLS);
  await ownLoop(manager, payload, CALLS);
  const own: number[] = [];
  const floor: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const floorRate = await rate(() => floorLoop.run(CALLS));
    const ownRate = await rate(() => ownLoop(manager, payload, CALLS));
    floor.push(floorRate);
    own.push(ownRate);
    ratios.push(ownRate / floorRate);
  }
  socket.end();
  await once(child, 'exit');
  const shared = { ours: summarize(own), floor: summarize(floor) };
  const what = `calls/s at ${IN_FLIGHT} in flight, 64 bytes; floor: bare MessagePack loop; ${ROUNDS} rounds of ${CALLS}`;
  return [
    { name: 'inflight64_ratio', unit: 'ratio', value: median(ratios), goal: { atLeast: 0.6 }, ...shared, what },
    {
      name: 'inflight64_calls_per_second',
      unit: 'calls/s',
      value: shared.ours.p50,
      goal: { atLeast: 150_000 },
      ...shared,
      what,
    },
  ];
}

async function rate(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return CALLS / ((performance.now() - start) / 1000);
}

async function ownLoop(manager: PluginManager, payload: Uint8Array, calls: number): Promise<void> {
  let left = calls;
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await manager.executePlugin('echo', payload);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
}

/** The floor: frames, the codec, one write a tick and one callback an answer, without promises or supervision. */
class MessageLoop {
  readonly #socket: Socket;
  readonly #payload: Uint8Array;
  readonly #encoder = new FrameEncoder();
  #id = 0;
  #left = 0;
  #open = 0;
  #scheduled = false;
  #done: () => void = () => {};

  constructor(socket: Socket, payload: Uint8Array) {
    this.#socket = socket;
    this.#payload = payload;
    const decoder = new FrameDecoder({
      frame: () => this.#answered(),
      refused: (error) => {
        throw error;
      },
    });
    socket.on('data', (chunk: Buffer) => decoder.push(chunk));
  }

  run(calls: number): Promise<void> {
    this.#left = calls;
    return new Promise((resolve) => {
      this.#done = resolve;
      for (let index = 0; index < IN_FLIGHT; index += 1) this.#send();
    });
  }

  #send(): void {
    this.#left -= 1;
    this.#open += 1;
    this.#encoder.append([Kind.Call, ++this.#id, 'execute', this.#payload], Number.POSITIVE_INFINITY);
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      this.#socket.write(this.#encoder.take());
      if (this.#socket.writableLength > 0) this.#encoder.detach();
    });
  }

  #answered(): void {
    this.#open -= 1;
    if (this.#left > 0) this.#send();
    else if (this.#open === 0) this.#done();
  }
}
