/** What a host has counted. Another host sends its counts as JSON. */
export interface Counts {
  faults: Record<string, number>;
  skipped: Record<string, string>;
  verified: number;
  /** Excused failures of calls, by code. */
  failed: Record<string, number>;
  /** Calls that outlasted all limits. */
  lost: string[];
  /** Wrong answers, and failures without an excuse. */
  wrong: string[];
  /** Left behind at the end: processes, descriptors, handles, memory. */
  left: string[];
}

export class Tally {
  readonly counts: Counts = { faults: {}, skipped: {}, verified: 0, failed: {}, lost: [], wrong: [], left: [] };

  fault(kind: string): void {
    this.counts.faults[kind] = (this.counts.faults[kind] ?? 0) + 1;
  }

  skip(kind: string, reason: string): void {
    this.counts.skipped[kind] = reason;
  }

  failed(code: string): void {
    this.counts.failed[code] = (this.counts.failed[code] ?? 0) + 1;
  }

  get isClean(): boolean {
    const { lost, wrong, left } = this.counts;
    return lost.length + wrong.length + left.length === 0;
  }
}
