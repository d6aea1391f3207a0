import { LONGEST_REQUIREMENT } from './limits.ts';
import { compareNumbers, nextNumber, type VersionNumber, versionNumber } from './version-number.ts';

/** A version (PEP 440) in parts that are compared in the order of these fields. */
export interface Version {
  readonly epoch: VersionNumber;
  /** As written: 1.0 equals 1, but `==1.0.*` allows less than `==1.*`. */
  readonly release: readonly VersionNumber[];
  readonly phase: Phase;
  /** The 2 of `rc2`; 0 without a phase. */
  readonly phaseNumber: VersionNumber;
  /** -1 without one. `Infinity`, which only edges of ranges have, comes after every post-release. */
  readonly post: VersionNumber;
  /** `Infinity` without one, since `1.0.dev3` comes before 1.0. */
  readonly dev: VersionNumber;
  readonly local: readonly (VersionNumber | string)[];
}

/** In order: -1 for a development release of the release itself (`1.0.dev3`), then a, b, rc, and 3 for no pre-release. */
export type Phase = -1 | 0 | 1 | 2 | 3;

const FINAL: Phase = 3;
const PHASES: Readonly<Record<string, Phase>> = {
  a: 0,
  alpha: 0,
  b: 1,
  beta: 1,
  c: 2,
  rc: 2,
  pre: 2,
  preview: 2,
};
const PHASE_NAMES = ['a', 'b', 'rc'];

/** From PEP 440, appendix B, with the white space that normalisation removes. */
const VERSION = new RegExp(
  [
    /^[ \t\n\r\f\v]*v?/,
    /(?:(?<epoch>\d+)!)?/,
    /(?<release>\d+(?:\.\d+)*)/,
    /(?:[-_.]?(?<phase>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<phaseNumber>\d*))?/,
    /(?:-(?<implicitPost>\d+)|[-_.]?(?<postWord>post|rev|r)[-_.]?(?<post>\d*))?/,
    /(?:[-_.]?(?<devWord>dev)[-_.]?(?<dev>\d*))?/,
    /(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?/,
    /[ \t\n\r\f\v]*$/,
  ]
    .map(({ source }) => source)
    .join(''),
  'i',
);

/** Undefined when `text` is no version, or longer than LONGEST_REQUIREMENT. */
export function parseVersion(text: string): Version | undefined {
  if (text.length > LONGEST_REQUIREMENT) return undefined;
  const { groups } = VERSION.exec(text) ?? {};
  if (groups === undefined) return undefined;
  const { epoch = '', release = '', phase, phaseNumber = '', local } = groups;
  const post = groups['implicitPost'] ?? (groups['postWord'] === undefined ? undefined : groups['post']);
  const dev = groups['devWord'] === undefined ? undefined : groups['dev'];
  const withoutPhase = dev !== undefined && post === undefined ? -1 : FINAL;
  return {
    epoch: versionNumber(epoch),
    release: release.split('.').map(versionNumber),
    phase: phase === undefined ? withoutPhase : (PHASES[phase.toLowerCase()] ?? FINAL),
    phaseNumber: versionNumber(phaseNumber),
    post: post === undefined ? -1 : versionNumber(post),
    dev: dev === undefined ? Infinity : versionNumber(dev),
    local: (local?.toLowerCase().split(/[-_.]/) ?? []).map((part) => (/^\d+$/.test(part) ? versionNumber(part) : part)),
  };
}

export function compareVersions(left: Version, right: Version): number {
  return (
    compareNumbers(left.epoch, right.epoch) ||
    compareReleases(left.release, right.release) ||
    left.phase - right.phase ||
    compareNumbers(left.phaseNumber, right.phaseNumber) ||
    compareNumbers(left.post, right.post) ||
    compareNumbers(left.dev, right.dev) ||
    compareLocals(left.local, right.local)
  );
}

/** Compares release numbers: `[3, 11]` and `[3, 11, 0]` are equal. */
export function compareReleases(left: readonly VersionNumber[], right: readonly VersionNumber[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const order = compareNumbers(left[index] ?? 0, right[index] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

/** Orders words before numbers, and a shorter label before one that goes on. */
function compareLocals(left: Version['local'], right: Version['local']): number {
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [one, other] = [left[index], right[index]];
    if (one === other) continue;
    if (one === undefined || other === undefined) return one === undefined ? -1 : 1;
    if (typeof one === 'string' && typeof other === 'string') return one < other ? -1 : 1;
    if (typeof one === 'string' || typeof other === 'string') return typeof one === 'string' ? -1 : 1;
    const order = compareNumbers(one, other);
    if (order !== 0) return order;
  }
  return 0;
}

export function isPreRelease({ phase, dev }: Version): boolean {
  return phase !== FINAL || dev !== Infinity;
}

/** Says whether `version` is 0.dev0, the first of all. */
export function isLeast({ epoch, release, phase, post, dev, local }: Version): boolean {
  const isZero = epoch === 0 && release.every((number) => number === 0);
  return isZero && phase === -1 && post === -1 && dev === 0 && local.length === 0;
}

/** The first version of the same release, or of the same post-release: its .dev0. */
export function firstOf(version: Version): Version {
  const phase = version.phase === FINAL && version.post === -1 ? -1 : version.phase;
  return { ...version, phase, dev: 0, local: [] };
}

/** The first version after `version` and all its local versions. */
export function afterLocals(version: Version): Version {
  if (version.dev !== Infinity) return { ...version, dev: nextNumber(version.dev), local: [] };
  return { ...version, post: nextNumber(version.post), dev: 0, local: [] };
}

/** The point behind all post-releases of `version`: a version where one comes first, else an edge of ranges. */
export function afterPosts(version: Version): Version {
  if (version.phase === FINAL) return { ...version, post: Infinity, dev: 0, local: [] };
  return { ...version, phaseNumber: nextNumber(version.phaseNumber), post: -1, dev: 0, local: [] };
}

/** Spells a version in the normal form of PEP 440. */
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
