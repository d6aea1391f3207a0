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

/** Microseconds of each call, or the calls per second of one turn; undefined where the peer can't do it. */
type Samples = readonly number[] | undefined;
type Step = (peer: Peer, worker: Worker) => Promise<Samples>;

/** Measures one turn. Bounded by time, so that a slow peer takes no longer than a fast one. */
export const STEPS: Readonly<Record<string, Step>> = {
  'one by one': (_, worker) => repeated(worker, 64, 250, 1_000),
  structured: (_, worker) => repeat(() => worker.structured(STRUCTURED), 100, 500),
  '1 in flight': (_, worker) => rate(worker, 1),
  '8 in flight': async ({ overlaps }, worker) => (overlaps === false ? undefined : await rate(worker, 8)),
  '64 in flight': async ({ overlaps }, worker) => (overlaps === false ? undefined : await rate(worker, 64)),
  '4 KiB': (_, worker) => repeated(worker, 4096, 100, 500),
  '1 MiB': (_, worker) => repeated(worker, MIB, 150, 50),
  '100 MiB': async ({ large }, worker) => (large === true ? await repeated(worker, 100 * MIB, 1, 1) : undefined),
};

/** The first call checks the answer against what was sent, and is not timed. */
async function repeated(worker: Worker, size: number, milliseconds: number, most: number): Promise<Samples> {
  const data = Buffer.alloc(size, 'some bytes');
  if (Buffer.compare(await worker.binary(data), data) !== 0) throw new Error(`${size} bytes came back different`);
  return await repeat(() => worker.binary(data), milliseconds, most);
}

async function repeat(call: () => Promise<unknown>, milliseconds: number, most: number): Promise<Samples> {
  const durations: number[] = [];
  const end = performance.now() + milliseconds;
  do {
    const began = performance.now();
    await call();
    durations.push((performance.now() - began) * 1000);
  } while (durations.length < most && performance.now() < end);
  return durations;
}

async function rate(worker: Worker, inFlight: number): Promise<Samples> {
  const data = Buffer.alloc(64, 'some bytes');
  const began = performance.now();
  const end = began + 250;
  let done = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() < end) {
      await worker.binary(data);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return [(done / (performance.now() - began)) * 1000];
}
