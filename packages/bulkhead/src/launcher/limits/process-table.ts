import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessIdentity } from '../../lifecycle/process-identity.ts';
import { pageBytes, TICK_MILLISECONDS } from '../process/process-vitals.ts';

/** A process of this machine, as /proc/PID/stat tells; see proc(5). */
export interface ProcessRow {
  readonly pid: number;
  readonly startTime: number;
  readonly parent: number;
  /** Leaders of its group and its session. */
  readonly group: number;
  readonly session: number;
  readonly threads: number;
  /** Milliseconds. */
  readonly processorTime: number;
  /** Milliseconds of its children that it has seen the end of. */
  readonly childrenTime: number;
  /** Bytes in memory, also of what it shares with others. */
  readonly memory: number;
}

/** All processes of this machine, at one time. Reading them takes some 15 µs for each. */
export class ProcessTable {
  readonly #rows = new Map<number, ProcessRow>();
  readonly #children = new Map<number, ProcessRow[]>();

  private constructor(rows: readonly ProcessRow[]) {
    for (const row of rows) {
      this.#rows.set(row.pid, row);
      // One whose parent has ended has another one now; its group or session tells where it came from.
      for (const above of new Set([row.parent, row.group, row.session])) {
        if (above === row.pid) continue;
        const siblings = this.#children.get(above);
        if (siblings === undefined) this.#children.set(above, [row]);
        else siblings.push(row);
      }
    }
  }

  /** Empty where there is no /proc. */
  static read(): ProcessTable {
    const page = pageBytes();
    return new ProcessTable(pids().flatMap((pid) => readRow(pid, page) ?? []));
  }

  /**
   * A process and all that it has started, but for what has left its group, its session and its line of parents.
   *
   * @param apart pids of processes that count by themselves, such as the forks of a template
   */
  tree({ pid, startTime }: ProcessIdentity, apart: ReadonlySet<number>): readonly ProcessRow[] {
    const root = this.#rows.get(pid);
    if (root === undefined || root.startTime !== startTime) return [];
    const found = new Set([root]);
    // A set may grow while it is walked.
    for (const { pid: above } of found)
      for (const child of this.#children.get(above) ?? []) if (!apart.has(child.pid)) found.add(child);
    return [...found];
  }
}

function pids(): readonly number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function readRow(pid: number, page: number): ProcessRow | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // From the third field on: the command before it may hold anything.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    const at = (index: number): number => Number(fields[index]);
    return {
      pid,
      parent: at(1),
      group: at(2),
      session: at(3),
      processorTime: (at(11) + at(12)) * TICK_MILLISECONDS,
      childrenTime: (at(13) + at(14)) * TICK_MILLISECONDS,
      threads: at(17),
      startTime: at(19),
      memory: at(21) * page,
    };
  } catch {
    return undefined; // it has just ended
  }
}
