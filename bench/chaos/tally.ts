/** What was counted; of a host in a process of its own, sent as JSON. */
export interface Counts {
  faults: Record<string, number>;
  skipped: Record<string, string>;
  verified: number;
  /** Calls that failed with a reason they may fail for, by code. */
  failed: Record<string, number>;
  /** Calls that were not answered within their limits. */
  lost: string[];
  /** Wrong answers, and failures for a reason that they may not fail for. */
  wrong: string[];
  /** What was there at the end, and should not have been: processes, descriptors, handles, memory. */
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
