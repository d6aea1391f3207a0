import type { Peer, Worker } from './worker.ts';

const MIB = 1 << 20;
const STRUCTURED = {
  id: 12_345,
  name: 'a plugin',
  tags: ['red', 'green', 'blue'],
  point: { x: 1.5, y: -2.25 },
  ok: true,
  none: null,
};

/** What one round of one peer gives: microseconds of each call, and calls per second. */
export interface Round {
  readonly sequential: readonly number[];
  readonly inFlight: Readonly<Record<string, number>>;
  readonly payloads: Readonly<Record<string, readonly number[]>>;
  readonly structured: readonly number[];
}

/** Bounded by time, so that a slow peer takes no longer than a fast one. */
export async function measureRound(peer: Peer, worker: Worker): Promise<Round> {
  const small = payload(64);
  await repeat(() => worker.binary(small), 200, 500); // warm
  return {
    sequential: await repeat(() => worker.binary(small), 800, 2_000),
    structured: await repeat(() => worker.structured(STRUCTURED), 300, 1_000),
    payloads: {
      '4 KiB': await repeated(worker, payload(4096), 300, 1_000),
      '1 MiB': await repeated(worker, payload(MIB), 500, 50),
      ...(peer.large === true ? { '100 MiB': await repeated(worker, payload(100 * MIB), 1, 2) } : {}),
    },
    inFlight: {
      1: await rate(worker, small, 1),
      ...(peer.overlaps === false ? {} : { 8: await rate(worker, small, 8), 64: await rate(worker, small, 64) }),
    },
  };
}

async function repeated(worker: Worker, data: Uint8Array, milliseconds: number, most: number): Promise<number[]> {
  const answer = await worker.binary(data);
  if (Buffer.compare(answer, data) !== 0) throw new Error(`${data.length} bytes came back different`);
  return await repeat(() => worker.binary(data), milliseconds, most);
}

async function repeat(call: () => Promise<unknown>, milliseconds: number, most: number): Promise<number[]> {
  const durations: number[] = [];
  const end = performance.now() + milliseconds;
  do {
    const began = performance.now();
    await call();
    durations.push((performance.now() - began) * 1000);
  } while (durations.length < most && performance.now() < end);
  return durations;
}

async function rate(worker: Worker, data: Uint8Array, inFlight: number): Promise<number> {
  const began = performance.now();
  const end = began + 500;
  let done = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() < end) {
      await worker.binary(data);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return (done / (performance.now() - began)) * 1000;
}

function payload(size: number): Uint8Array {
  return Buffer.alloc(size, 'some bytes');
}
