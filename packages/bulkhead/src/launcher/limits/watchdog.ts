import type { ProcessIdentity } from '../../lifecycle/process-identity.ts';
import { scratchSize } from '../sandbox/scratch-size.ts';
import type { Overrun } from './overrun.ts';
import { ProcessTable } from './process-table.ts';
import { shareOfMemory, usageOf } from './usage.ts';

/** Between two looks; longer where a look takes long, so that looking takes a twentieth of a processor at most. */
const PAUSE_MILLISECONDS = 250;
const PAUSES_FOR_EACH_LOOK = 20;

/** A process to look after. */
export interface Watched {
  readonly process: ProcessIdentity;
  /** What the kernel does not hold it to. */
  readonly limits: Readonly<Partial<Record<Overrun['limit'], number>>>;
  readonly scratch: string | undefined;
  /** The limit by which the kernel has ended a part of it: what is left is of no use. */
  hit(): Overrun | undefined;
  /** Gets the bytes in the scratch folder whenever they were counted. */
  measured(disk: number): void;
  /** Called once, when it is over a limit: it is to be ended then. */
  overran(overrun: Overrun): void;
}

/** Looks after processes whose limits the kernel does not hold, or not all, some times a second. It stands still while there are none. */
export class Watchdog {
  readonly #watched = new Set<Watched>();
  /** Pids of processes that count by themselves, although another is their parent. */
  readonly #apart: () => ReadonlySet<number>;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(apart: () => ReadonlySet<number>) {
    this.#apart = apart;
  }

  /** @returns a function that ends it */
  watch(watched: Watched): () => void {
    this.#watched.add(watched);
    this.#lookIn(PAUSE_MILLISECONDS);
    return () => {
      this.#watched.delete(watched);
      if (this.#watched.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  #lookIn(milliseconds: number): void {
    if (this.#timer !== undefined || this.#isLooking || this.#watched.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#look();
    }, milliseconds).unref();
  }

  async #look(): Promise<void> {
    const began = performance.now();
    this.#isLooking = true;
    const watched = [...this.#watched];
    // Those of a template share a folder: it is measured once, and all of them are over its limit together.
    const disks = await measure(watched);
    const table = ProcessTable.read();
    const apart = this.#apart();
    for (const each of watched) {
      const overrun = each.hit() ?? (await overrunOf(each, table, apart)) ?? fullDisk(each, disks);
      if (overrun !== undefined && this.#watched.delete(each)) each.overran(overrun);
    }
    this.#isLooking = false;
    this.#lookIn(Math.max(PAUSE_MILLISECONDS, PAUSES_FOR_EACH_LOOK * (performance.now() - began)));
  }
}

type Disks = ReadonlyMap<string, number>;

async function measure(watched: readonly Watched[]): Promise<Disks> {
  const disks = new Map<string, number>();
  for (const { process, scratch, limits, measured } of watched) {
    if (scratch === undefined || limits.disk === undefined) continue;
    const size = disks.get(scratch) ?? (await scratchSize(process.pid, scratch, limits.disk));
    disks.set(scratch, size);
    measured(size);
  }
  return disks;
}

function fullDisk({ scratch, limits }: Watched, disks: Disks): Overrun | undefined {
  const size = scratch === undefined ? undefined : disks.get(scratch);
  return size !== undefined && limits.disk !== undefined && size > limits.disk
    ? { limit: 'disk', most: limits.disk }
    : undefined;
}

async function overrunOf(
  { process, limits: { memory, pids } }: Watched,
  table: ProcessTable,
  apart: ReadonlySet<number>,
): Promise<Overrun | undefined> {
  const rows = table.tree(process, apart);
  const used = usageOf({ rows });
  if (used === undefined) return undefined;
  if (pids !== undefined && used.tasks > pids) return { limit: 'pids', most: pids };
  // What several processes share, such as a fork and its template, counts once: that takes long to ask.
  const isOver = memory !== undefined && used.memory > memory && (await shareOfMemory(rows)) > memory;
  return isOver ? { limit: 'memory', most: memory } : undefined;
}
