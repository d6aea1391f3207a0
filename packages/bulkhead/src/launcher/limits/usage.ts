import { readFile } from 'node:fs/promises';
import type { ControlGroup } from './control-group.ts';
import type { ProcessRow } from './process-table.ts';

/** What a process and all that it has started use of the machine. */
export interface Usage {
  /** Bytes. Without a control group, memory that several of them share counts in each. */
  readonly memory: number;
  /** Milliseconds of processors since the start. */
  readonly processorTime: number;
  /** Processes and threads. */
  readonly tasks: number;
  /** Bytes in the scratch folder; undefined: it has none, or nobody has looked yet. */
  readonly disk: number | undefined;
}

export interface Counted {
  readonly rows: readonly ProcessRow[];
  readonly group?: ControlGroup | undefined;
  readonly disk?: number | undefined;
  /** Whether processes that it has waited for count by themselves, as the forks of a template do. */
  readonly isTemplate?: boolean;
}

/** @returns undefined if the process is gone */
export function usageOf({ rows, group, disk, isTemplate = false }: Counted): Usage | undefined {
  if (rows.length === 0) return undefined;
  const counted = group?.usage();
  const time = (row: ProcessRow): number => row.processorTime + (isTemplate ? 0 : row.childrenTime);
  return {
    memory: counted?.memory ?? sum(rows, ({ memory }) => memory),
    processorTime: counted?.processorTime ?? sum(rows, time),
    tasks: counted?.tasks ?? sum(rows, ({ threads }) => threads),
    disk,
  };
}

/** Of several together. */
export function totalUsage(usages: readonly Usage[]): Usage {
  const measured = usages.flatMap(({ disk }) => disk ?? []);
  return {
    memory: sum(usages, ({ memory }) => memory),
    processorTime: sum(usages, ({ processorTime }) => processorTime),
    tasks: sum(usages, ({ tasks }) => tasks),
    disk: measured.length === 0 ? undefined : sum(measured, (size) => size),
  };
}

/** Bytes, with the share of each process in what it shares. Asking takes milliseconds for each. */
export async function shareOfMemory(rows: readonly ProcessRow[]): Promise<number> {
  const shares = await Promise.all(
    rows.map(async ({ pid, memory }) => {
      const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'latin1').catch(() => '');
      const [, kilobytes] = /^Pss:\s+(\d+) kB$/m.exec(rollup) ?? [];
      return kilobytes === undefined ? memory : Number(kilobytes) * 1024;
    }),
  );
  return sum(shares, (share) => share);
}

function sum<Each>(all: readonly Each[], of: (each: Each) => number): number {
  return all.reduce((total, each) => total + of(each), 0);
}
