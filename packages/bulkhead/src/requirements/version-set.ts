import { compareVersions, isLeast, spellVersion, type Version } from './version.ts';

/** A point between versions in their order: right before a version, or right after it. */
interface Edge {
  readonly version: Version;
  readonly after: boolean;
}

/** The versions between two edges; undefined: without end on that side. */
interface Interval {
  readonly from: Edge | undefined;
  readonly to: Edge | undefined;
}

/**
 * A set of versions: intervals in ascending order with gaps between them. No interval is empty, because there is a version
 * between any two different edges: each stands right before a version or behind infinitely many.
 */
export class VersionSet {
  static readonly all: VersionSet = new VersionSet([{ from: undefined, to: undefined }]);
  static readonly none: VersionSet = new VersionSet([]);
  readonly #intervals: readonly Interval[];
  /** Of `===`: the set holds a version only in this spelling. */
  readonly #literal: string | undefined;

  private constructor(intervals: readonly Interval[], literal?: string) {
    this.#intervals = intervals;
    this.#literal = literal;
  }

  static from(version: Version): VersionSet {
    return new VersionSet([{ from: before(version), to: undefined }]);
  }

  /** All versions before `version`. */
  static upTo(version: Version): VersionSet {
    return isLeast(version) ? VersionSet.none : new VersionSet([{ from: undefined, to: before(version) }]);
  }

  /** From `version` on, up to before `next`. */
  static between(version: Version, next: Version): VersionSet {
    return new VersionSet([{ from: before(version), to: before(next) }]);
  }

  static only(version: Version): VersionSet {
    return new VersionSet([{ from: before(version), to: { version, after: true } }]);
  }

  /** `version` in this spelling only. */
  static spelled(text: string, version: Version): VersionSet {
    return new VersionSet(VersionSet.only(version).#intervals, text.toLowerCase());
  }

  /** Intersects halves rather than one set after the other, which would take quadratic time. All versions when there are no sets. */
  static intersection(sets: readonly VersionSet[]): VersionSet {
    if (sets.length < 2) return sets[0] ?? VersionSet.all;
    const half = sets.length >>> 1;
    return VersionSet.intersection(sets.slice(0, half)).intersect(VersionSet.intersection(sets.slice(half)));
  }

  complement(): VersionSet {
    const intervals: Interval[] = [];
    let from: Edge | undefined;
    for (const interval of this.#intervals) {
      if (interval.from !== undefined) intervals.push({ from, to: interval.from });
      from = interval.to;
      if (from === undefined) return new VersionSet(intervals.filter(holdsSomething));
    }
    return new VersionSet([...intervals, { from, to: undefined }].filter(holdsSomething));
  }

  intersect(other: VersionSet): VersionSet {
    if (this === VersionSet.all) return other;
    if (other === VersionSet.all || other === this) return this;
    const literal = this.#literal ?? other.#literal;
    if (literal !== (other.#literal ?? literal)) return VersionSet.none;
    return new VersionSet(commonIntervals(this.#intervals, other.#intervals), literal);
  }

  /** Says whether the intersection is empty, without making it. */
  isDisjoint(other: VersionSet): boolean {
    if (this.#literal !== undefined || other.#literal !== undefined) return this.intersect(other).isEmpty;
    const [left, right] = [this.#intervals, other.#intervals];
    for (let one = 0, two = 0; one < left.length && two < right.length;) {
      const [mine, theirs] = [left[one] as Interval, right[two] as Interval];
      if (mine.to !== undefined && theirs.from !== undefined && compareEdges(mine.to, theirs.from) <= 0) one += 1;
      else if (theirs.to !== undefined && mine.from !== undefined && compareEdges(theirs.to, mine.from) <= 0) two += 1;
      else return false;
    }
    return true;
  }

  get isEmpty(): boolean {
    return this.#intervals.length === 0;
  }

  contains(version: Version, spelling: string = spellVersion(version)): boolean {
    if (this.#literal !== undefined && this.#literal !== spelling.toLowerCase()) return false;
    return this.#intervals.some(
      ({ from, to }) => (from === undefined || isBehind(version, from)) && (to === undefined || !isBehind(version, to)),
    );
  }
}

function before(version: Version): Edge {
  return { version, after: false };
}

function isBehind(version: Version, edge: Edge): boolean {
  const order = compareVersions(version, edge.version);
  return edge.after ? order > 0 : order >= 0;
}

function commonIntervals(left: readonly Interval[], right: readonly Interval[]): Interval[] {
  const common: Interval[] = [];
  let [one, other] = [0, 0];
  for (;;) {
    const [mine, theirs] = [left[one], right[other]];
    if (mine === undefined || theirs === undefined) return common;
    const endsFirst = compareEnds(mine.to, theirs.to) <= 0;
    const interval = { from: later(mine.from, theirs.from), to: endsFirst ? mine.to : theirs.to };
    if (holdsSomething(interval)) common.push(interval);
    if (endsFirst) one += 1;
    else other += 1;
  }
}

function holdsSomething({ from, to }: Interval): boolean {
  if (from === undefined) return to === undefined || to.after || !isLeast(to.version);
  return to === undefined || compareEdges(from, to) < 0;
}

function later(one: Edge | undefined, other: Edge | undefined): Edge | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return compareEdges(one, other) >= 0 ? one : other;
}

function compareEnds(one: Edge | undefined, other: Edge | undefined): number {
  if (one === undefined || other === undefined) return one === other ? 0 : one === undefined ? 1 : -1;
  return compareEdges(one, other);
}

function compareEdges(one: Edge, other: Edge): number {
  return compareVersions(one.version, other.version) || Number(one.after) - Number(other.after);
}
