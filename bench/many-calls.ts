import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecuteOptions, isBulkheadError, PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { benchFile } from './floor-process.ts';
import { MessageLoop, upTo } from './message-loop.ts';
import { median, summarize } from './statistics.ts';
import { codecFolders } from './surroundings.ts';

const ROUNDS = 9;
const MANY = 10_000;
const FEW = 1_000;
/** The cost of one call may grow by as much with ten times as many: collecting the garbage of a larger heap takes longer. */
const LINEAR = 1.3;
const PLUGINS = 16;
const CALLERS = 64;
const CALLS = 20_000;

/** Measures queues of 10,000 calls against queues of 1,000, and callers of many plugins against callers of one. */
export async function manyCalls(home: string, python: string): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-bench-calls-'));
  try {
    const registry = join(folder, 'plugins.yaml');
    const path = benchFile('plugins/echo');
    const entries = Array.from({ length: PLUGINS }, (_, index) => `  - { id: echo_${index}, path: ${path} }\n`);
    const slow = `path: ${benchFile('plugins/busy')}, queue: { max: ${2 * MANY} }`;
    const busy = `  - { id: busy, ${slow} }\n  - { id: hasty, ${slow}, timeouts: { queue: 200ms } }\n`;
    await writeFile(registry, `plugins:\n${busy}${entries.join('')}`);
    return [...(await queues(registry, home)), await shared(registry, home, python)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The first call keeps the plugin busy until it is cancelled; all others are made in one turn, and wait behind it. */
async function queues(registry: string, home: string): Promise<readonly Figure[]> {
  const answered = new Growth('queue_drain_growth_ratio', 'queued and answered');
  const timedOut = new Growth('queue_timeout_growth_ratio', 'queued until its time is over');
  const cancelled = new Growth(
    'queue_cancel_growth_ratio',
    'queued and cancelled, from the middle of the queue outwards',
  );
  await using manager = await PluginManager.open(registry, { home });
  for (let round = -1; round < ROUNDS; round += 1)
    for (const count of [FEW, MANY] as const) {
      const answers = await eachBehind(manager, 'busy', count, async (call, release) => {
        const calls = Array.from({ length: count }, async () => await call({}));
        release();
        await Promise.all(calls);
      });
      const timeouts = await eachBehind(manager, 'hasty', count, async (call) => {
        const calls = Array.from(
          { length: count },
          async () => await failure(call({ action: 'sleep' }), 'QUEUE_TIMEOUT'),
        );
        await Promise.all(calls);
      });
      const cancels = await eachBehind(manager, 'busy', count, async (call) => {
        const controllers = Array.from({ length: count }, () => new AbortController());
        const calls = controllers.map(
          async ({ signal }) => await failure(call({ action: 'sleep', signal }), 'CALL_CANCELLED'),
        );
        for (const index of outwards(count)) controllers[index]?.abort();
        await Promise.all(calls);
      });
      if (round < 0) continue;
      answered.add(count, answers);
      timedOut.add(count, timeouts);
      cancelled.add(count, cancels);
    }
  return [answered, timedOut, cancelled].map((growth) => growth.figure());
}

type Call = (options: ExecuteOptions) => Promise<unknown>;

/** Microseconds of the host's processor for each of the calls. */
async function eachBehind(
  manager: PluginManager,
  id: string,
  count: number,
  work: (call: Call, release: () => void) => Promise<void>,
): Promise<number> {
  await manager.startPlugin(id);
  const busy = new AbortController();
  const first = failure(manager.executePlugin(id, null, { action: 'sleep', signal: busy.signal }), 'CALL_CANCELLED');
  const before = process.cpuUsage();
  try {
    await work(
      async (options) => await manager.executePlugin(id, options.action === undefined ? 1 : null, options),
      () => busy.abort(),
    );
    const { user, system } = process.cpuUsage(before);
    return (user + system) / count;
  } finally {
    busy.abort();
    await first;
  }
}

async function failure(call: Promise<unknown>, code: string): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (isBulkheadError(error) && error.code === code) return;
    throw error;
  }
  throw new Error(`a call was answered that was to fail with ${code}`);
}

/** Indices from the middle to both ends. */
function outwards(count: number): number[] {
  const middle = count / 2;
  return Array.from({ length: count }, (_, index) => middle + (index % 2 === 0 ? index / 2 : -(index + 1) / 2));
}

/** What one call costs in a long queue against a short one. */
class Growth {
  readonly #name: string;
  readonly #what: string;
  readonly #costs = { [FEW]: [] as number[], [MANY]: [] as number[] };

  constructor(name: string, what: string) {
    this.#name = name;
    this.#what = what;
  }

  add(count: typeof FEW | typeof MANY, microseconds: number): void {
    this.#costs[count].push(microseconds);
  }

  figure(): Figure {
    const { [FEW]: few, [MANY]: many } = this.#costs;
    return {
      name: this.#name,
      unit: 'ratio',
      value: median(many.map((cost, round) => cost / (few[round] ?? Number.NaN))),
      goal: { atMost: LINEAR },
      ours: summarize(many),
      floor: summarize(few),
      what: `µs of the host's processor for each of 10,000 calls that is ${this.#what}; floor: of 1,000; ${ROUNDS} rounds`,
    };
  }
}

/**
 * Compares the calls a second of 64 callers of 16 plugins and of one. So many processes take the processors from one another whoever
 * calls them: the floor is as many bare loops against one, with the same codec.
 */
async function shared(registry: string, home: string, python: string): Promise<Figure> {
  const payload = Buffer.alloc(64, 'x');
  const codecs = await codecFolders(home);
  const loopsOf = (count: number): MessageLoop[] =>
    Array.from({ length: count }, () => new MessageLoop(python, payload, CALLERS / count, codecs));
  await using manager = await PluginManager.open(registry, { home });
  const [all, one] = [loopsOf(PLUGINS), loopsOf(1)];
  try {
    const ids = Array.from({ length: PLUGINS }, (_, index) => `echo_${index}`);
    const call = async (plugins: readonly string[]): Promise<void> => {
      const isToCall = upTo(CALLS);
      const caller = async (_: unknown, index: number): Promise<void> => {
        const id = plugins[index % plugins.length] ?? '';
        while (isToCall()) await manager.executePlugin(id, payload);
      };
      await Promise.all(Array.from({ length: CALLERS }, caller));
    };
    const share = async (work: (wide: boolean) => Promise<void>): Promise<number> => {
      const narrow = await durationOf(() => work(false));
      return narrow / (await durationOf(() => work(true)));
    };
    const ours = (): Promise<number> => share((wide) => call(wide ? ids : ids.slice(0, 1)));
    const floor = (): Promise<number> =>
      share(async (wide) => {
        const isToCall = upTo(CALLS);
        await Promise.all((wide ? all : one).map((loop) => loop.run(isToCall)));
      });
    await ours();
    await floor();
    const rounds = { ours: [] as number[], floor: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.floor.push(await floor());
      rounds.ours.push(await ours());
    }
    return {
      name: 'sixteen_plugins_ratio',
      unit: 'ratio',
      value: median(rounds.ours.map((value, round) => value / (rounds.floor[round] ?? Number.NaN))),
      goal: { atLeast: 0.9 },
      ours: summarize(rounds.ours),
      floor: summarize(rounds.floor),
      what: `calls/s of ${CALLERS} callers on ${PLUGINS} plugins over those on one; floor: the same of bare loops; ${ROUNDS} rounds of ${CALLS}`,
    };
  } finally {
    await Promise.all([...all, ...one].map((loop) => loop[Symbol.asyncDispose]()));
  }
}

async function durationOf(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
