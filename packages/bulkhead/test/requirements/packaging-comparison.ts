import { type Comparison, evaluateMarker, type Marker, type MarkerEnvironment } from '../../src/requirements/marker.ts';
import { NAME, normaliseName } from '../../src/requirements/package-name.ts';
import { parseMarker } from '../../src/requirements/parse-marker.ts';
import { isProblem } from '../../src/requirements/problem.ts';
import { parseRequirement } from '../../src/requirements/requirement.ts';
import { parseSpecifiers } from '../../src/requirements/specifier.ts';
import { compareVersions, parseVersion, spellVersion } from '../../src/requirements/version.ts';
import type { VersionSet } from '../../src/requirements/version-set.ts';
import { askPackaging } from './packaging-oracle.ts';
import type { Random } from './random.ts';
import {
  randomEnvironment,
  randomMarker,
  randomName,
  randomRequirement,
  randomSpecifiers,
  randomVersion,
  slipped,
} from './random-requirements.ts';

/** A question: a function of the oracle, and what it is called with. */
export type Question = readonly [string, ...unknown[]];

/** One thing that Python's `packaging` reads, and that we read too. */
export interface Subject {
  readonly title: string;
  /** How many questions there are of it for each pair of specifier sets. */
  readonly share: number;
  question(random: Random): Question;
  /** Our answer, in the shape of the oracle's. */
  answer(...parameters: readonly never[]): unknown;
  /** Where the specification says otherwise than `packaging`, or leaves it open: in words; undefined elsewhere. */
  excuse?(...parameters: readonly never[]): string | undefined;
}

export interface Difference {
  readonly question: Question;
  readonly ours: unknown;
  readonly theirs: unknown;
}

export interface Outcome {
  readonly differences: readonly Difference[];
  /** How often each excuse was needed. */
  readonly excused: ReadonlyMap<string, number>;
  readonly answers: readonly unknown[];
}

/** Asks `packaging` and ourselves the same questions. */
export async function compare(subject: Subject, questions: readonly Question[]): Promise<Outcome> {
  const answers = await askPackaging(questions);
  const differences: Difference[] = [];
  const excused = new Map<string, number>();
  for (const [index, question] of questions.entries()) {
    const parameters = question.slice(1) as never[];
    const [ours, theirs] = [subject.answer(...parameters), answers[index]];
    if (agree(ours, theirs)) continue;
    const excuse = subject.excuse?.(...parameters);
    if (excuse === undefined) differences.push({ question, ours, theirs });
    else excused.set(excuse, (excused.get(excuse) ?? 0) + 1);
  }
  return { differences, excused, answers };
}

/** In a list of answers, an undefined one of either side agrees with any: what a marker means is then not decided. */
function agree(ours: unknown, theirs: unknown): boolean {
  if (Array.isArray(ours) && Array.isArray(theirs))
    return (
      ours.length === theirs.length &&
      ours.every((each, index) => each === undefined || theirs[index] === UNDECIDED || agree(each, theirs[index]))
    );
  if (typeof ours === 'object' && typeof theirs === 'object' && ours !== null && theirs !== null)
    return Object.entries(theirs).every(([key, value]) => agree((ours as Record<string, unknown>)[key], value));
  return ours === theirs;
}

const UNDECIDED = 'undecided';
const OTHER_SPACE = 'the specification names the white space that a version may have around it: packaging takes any';
const EMPTY_CLAUSE = 'the specification has no clause that is empty: packaging skips them';
const oddSpace = (text: string): boolean => /[^\S \t\n\r\f\v]|(?!\s)\p{Cc}/u.test(text);
const sometimesSlipped = (random: Random, text: string, chance: number): string =>
  random.chance(chance) ? slipped(random, text) : text;

export const versions: Subject = {
  title: 'versions',
  share: 1,
  question: (random) => {
    const [one, other] = random.list(2, 2, () => sometimesSlipped(random, randomVersion(random, true), 0.4));
    return ['versions', one, other];
  },
  answer: (one: string, other: string) => {
    const [left, right] = [parseVersion(one), parseVersion(other)];
    if (left === undefined || right === undefined) return null;
    return [spellVersion(left), spellVersion(right), Math.sign(compareVersions(left, right))];
  },
  excuse: (one: string, other: string) => (oddSpace(one + other) ? OTHER_SPACE : undefined),
};

export const specifiers: Subject = {
  title: 'pairs of specifier sets',
  share: 1,
  question: (random) => [
    'specifiers',
    sometimesSlipped(random, randomSpecifiers(random), 0.05),
    sometimesSlipped(random, randomSpecifiers(random), 0.05),
    random.list(5, 5, () => randomVersion(random, true)),
  ],
  answer: (left: string, right: string, inside: readonly string[]) => {
    const [one, other] = [parseSpecifiers(left), parseSpecifiers(right)];
    if (one === undefined || other === undefined) return null;
    const both = one.intersect(other);
    return {
      empty: [one.isEmpty, other.isEmpty, both.isEmpty],
      disjoint: both.isEmpty === one.isDisjoint(other),
      inside: inside.map((version) => allows(both, version)),
    };
  },
  excuse: (left: string, right: string) => {
    if (oddSpace(left + right)) return OTHER_SPACE;
    return [left, right].some((text) => /(?:^|,)\s*,/.test(text)) ? EMPTY_CLAUSE : undefined;
  },
};

export const markers: Subject = {
  title: 'markers',
  share: 0.5,
  question: (random) => [
    'marker',
    sometimesSlipped(random, randomMarker(random), 0.25),
    random.list(4, 4, () => randomEnvironment(random)),
  ],
  answer: (text: string, environments: readonly MarkerEnvironment[]) => {
    const marker = parseMarker(text);
    return isProblem(marker) ? null : environments.map((environment) => evaluateMarker(marker, environment));
  },
  excuse: excuseOfMarker,
};

export const requirements: Subject = {
  title: 'requirements',
  share: 0.5,
  question: (random) => [
    'requirement',
    sometimesSlipped(random, randomRequirement(random), 0.4),
    random.list(3, 3, () => randomVersion(random, true)),
    random.list(2, 2, () => randomEnvironment(random)),
  ],
  answer: (text: string, inside: readonly string[], environments: readonly MarkerEnvironment[]) => {
    const parsed = parseRequirement(text);
    if (isProblem(parsed)) return null;
    const { name, extras, specifier, versions: set, url, condition } = parsed;
    const clauses = specifier === '' ? [] : [...new Set(specifier.split(','))].toSorted();
    const others = clauses.filter((clause) => !clause.startsWith('===') || parseVersion(clause.slice(3)) !== undefined);
    const isLegacy = others.length < clauses.length && parseSpecifiers(others.join(',')) !== undefined;
    if (set === undefined && url === undefined && !isLegacy) return null;
    return {
      name,
      extras,
      clauses,
      url: url ?? null,
      inside: isLegacy ? null : inside.map((version) => set === undefined || allows(set, version)),
      holds: condition === undefined ? null : environments.map((environment) => evaluateMarker(condition, environment)),
    };
  },
  excuse: (text: string) => {
    if (/^[ \t]*[\w.-]*_[ \t]*(?:$|[^\w.-])|[[,][ \t]*[\w.-]*_[ \t]*[\],]/.test(text))
      return 'a name ends with a letter or a digit: packaging lets it end with "_"';
    if (/\([ \t]*\)/.test(text)) return 'parentheses hold at least one clause: packaging lets them be empty';
    if (/^[\s\S]*[^\P{Cc}\t]|^\s|\s$/u.test(text))
      return 'only spaces and tabs stand between the parts; around the whole, its frame decides';
    if (oddSpace(text)) return OTHER_SPACE;
    if (/,[ \t]*,/.test(text)) return EMPTY_CLAUSE;
    if (/===[ \t]*[^,]*[^ -~]/.test(text)) return '=== compares ASCII: packaging reads a comma as part of other text';
    const parsed = parseRequirement(text);
    const marker = isProblem(parsed) ? /;([^;]*)$/.exec(text)?.[1] : parsed.marker;
    return marker === undefined ? undefined : excuseOfMarker(marker);
  },
};

const names: Subject = {
  title: 'names',
  share: 0.1,
  question: (random) => ['name', sometimesSlipped(random, randomName(random), 0.5)],
  answer: (text: string) => (new RegExp(`^${NAME}$`).test(text) ? normaliseName(text) : null),
};

export const SUBJECTS: readonly Subject[] = [specifiers, versions, markers, requirements, names];

/** `===` compares what is spelled, and a version is spelled in its normal form by then. */
function allows(set: VersionSet, text: string): boolean {
  const version = parseVersion(text);
  return version !== undefined && set.contains(version);
}

function excuseOfMarker(text: string): string | undefined {
  const marker = parseMarker(text);
  if (isProblem(marker)) {
    if (marker.problem.startsWith('it compares two'))
      return 'tools may refuse what compares two constants or two variables';
    if (/\b(?:extras|dependency_groups)\b/.test(text)) return 'only lock files have the sets of extras and groups';
    return /[^\P{Cc}\t]/u.test(text) ? 'a constant holds no control character: packaging reads some' : undefined;
  }
  if (oddSpace(text)) return OTHER_SPACE;
  if (text.includes('\\')) return 'escapes are not specified: packaging reads those of Python, we none';
  return comparisonsIn(marker)
    .flatMap((comparison) => excuseOfComparison(comparison) ?? [])
    .at(0);
}

function excuseOfComparison({ variable, operator, value }: Comparison): string | undefined {
  if (variable === 'extra' && operator !== '==' && operator !== '!=')
    return 'extra knows == and !=, and is false with others: packaging compares texts';
  if (variable === 'platform_version' && !operator.endsWith('in'))
    return 'platform_version is compared as a version where it is one: packaging never does';
  if (variable === 'platform_release' && !operator.endsWith('in'))
    return 'platform_release is compared as text where it is no version: packaging calls that false';
  if (value.startsWith('=')) return `what follows the operator is the constant: packaging reads ${operator}= together`;
  if (operator === '===' && !/^\s*[^\s;)]+\s*$/.test(value)) return '=== compares any texts: packaging only some';
  return undefined;
}

function comparisonsIn(marker: Marker): Comparison[] {
  return marker.kind === 'comparison' ? [marker] : marker.parts.flatMap(comparisonsIn);
}
