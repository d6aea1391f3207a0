import { explain } from '@renovatebot/pep440';

/** A version (PEP 440), so taken apart that comparing the fields one after the other compares the versions. */
export interface Version {
  readonly epoch: number;
  /** Without trailing zeros: 1.0 is 1. */
  readonly release: readonly number[];
  readonly phase: Phase;
  /** The 2 of `rc2`; 0 where there is none. */
  readonly phaseNumber: number;
  /** -1: none. `Infinity` stands behind every post-release, where a version is the edge of a range. */
  readonly post: number;
  /** `Infinity`: none, since `1.0.dev3` comes before 1.0. */
  readonly dev: number;
  readonly local: readonly (number | string)[];
}

/** -1: a development release of nothing but the release (`1.0.dev3`); then a, b, rc and 3: no pre-release. */
export type Phase = -1 | 0 | 1 | 2 | 3;

const FINAL: Phase = 3;
const PHASES: Readonly<Record<string, Phase>> = { a: 0, b: 1, rc: 2 };
const PHASE_NAMES = ['a', 'b', 'rc'];
/** JavaScript keeps so many digits of a number; a longer one can't be compared exactly. */
const TOO_MANY_DIGITS = /\d{16}/;

/** Undefined when `text` is no version, or has a number of more than 15 digits. */
export function parseVersion(text: string): Version | undefined {
  const trimmed = text.trim();
  // the library reads the local segment 1e5 as a number
  const [publicText = '', localText] = trimmed.split('+', 2);
  const parsed = TOO_MANY_DIGITS.test(trimmed) ? null : explain(trimmed);
  if (parsed === null || (localText !== undefined && explain(publicText) === null)) return undefined;
  const { epoch, release, pre, post, dev } = parsed as unknown as Explained;
  return {
    epoch,
    release: withoutTrailingZeros(release),
    phase: pre === null ? (dev !== null && post === null ? -1 : FINAL) : (PHASES[pre[0]] ?? FINAL),
    phaseNumber: pre?.[1] ?? 0,
    post: post ?? -1,
    dev: dev ?? Infinity,
    local: (localText?.toLowerCase().split(/[-_.]/) ?? []).map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
  };
}

/** What the library answers; its types say otherwise. */
interface Explained {
  readonly epoch: number;
  readonly release: readonly number[];
  readonly pre: readonly [string, number] | null;
  readonly post: number | null;
  readonly dev: number | null;
}

function withoutTrailingZeros(release: readonly number[]): readonly number[] {
  let length = release.length;
  while (length > 1 && release[length - 1] === 0) length -= 1;
  return release.slice(0, length);
}

export function compareVersions(left: Version, right: Version): number {
  return (
    left.epoch - right.epoch ||
    compareReleases(left.release, right.release) ||
    left.phase - right.phase ||
    left.phaseNumber - right.phaseNumber ||
    difference(left.post, right.post) ||
    difference(left.dev, right.dev) ||
    compareLocals(left.local, right.local)
  );
}

/** Release numbers only: `[3, 11]` and `[3, 11, 0]` are equal. */
export function compareReleases(left: readonly number[], right: readonly number[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const between = (left[index] ?? 0) - (right[index] ?? 0);
    if (between !== 0) return between;
  }
  return 0;
}

/** Two infinities have no difference that is a number. */
function difference(left: number, right: number): number {
  return left === right ? 0 : left - right;
}

/** Words before numbers, the shorter first. */
function compareLocals(left: Version['local'], right: Version['local']): number {
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [one, other] = [left[index], right[index]];
    if (one === other) continue;
    if (one === undefined || other === undefined) return one === undefined ? -1 : 1;
    if (typeof one !== typeof other) return typeof one === 'string' ? -1 : 1;
    return one < other ? -1 : 1;
  }
  return 0;
}

export function isPreRelease({ phase, dev }: Version): boolean {
  return phase !== FINAL || dev !== Infinity;
}

/** The first development release: nothing of the same release, or the same post-release, comes before it. */
export function firstOf(version: Version): Version {
  const phase = version.phase === FINAL && version.post === -1 ? -1 : version.phase;
  return { ...version, phase, dev: 0, local: [] };
}

/** The first version after `version` and all its local versions. */
export function afterLocals(version: Version): Version {
  if (version.dev !== Infinity) return { ...version, dev: version.dev + 1, local: [] };
  return { ...version, post: version.post + 1, dev: 0, local: [] };
}

/** Behind all post-releases of `version`: a version where there is a first one, or else an edge of ranges only. */
export function afterPosts(version: Version): Version {
  if (version.phase === FINAL) return { ...version, post: Infinity, dev: 0, local: [] };
  return { ...version, phaseNumber: version.phaseNumber + 1, post: -1, dev: 0, local: [] };
}

/** As people write it. */
export function spellVersion({ epoch, release, phase, phaseNumber, post, dev, local }: Version): string {
  return [
    epoch === 0 ? '' : `${epoch}!`,
    release.join('.'),
    phase === -1 || phase === FINAL ? '' : `${PHASE_NAMES[phase]}${phaseNumber}`,
    post === -1 ? '' : `.post${post}`,
    dev === Infinity ? '' : `.dev${dev}`,
    local.length === 0 ? '' : `+${local.join('.')}`,
  ].join('');
}
