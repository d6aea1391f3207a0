import { visibleLine } from '../lifecycle/visible-text.ts';
import { isProblem, type Problem } from '../requirements/problem.ts';
import { readPluginRequirement } from '../requirements/plugin-requirement.ts';
import { type Requirement, spellRequirement } from '../requirements/requirement.ts';
import { pythonsIn } from '../requirements/python-version.ts';
import type { VersionSet } from '../requirements/version-set.ts';

/** The wants of a Python plugin for its environment. */
export interface RequirementList {
  /** The plugin's id, or another name for messages. */
  readonly id: string;
  /** Requirements (PEP 508). */
  readonly dependencies: readonly (string | PlacedRequirement)[];
  /** Addresses of packages whose names are not known: nothing can be said of them. */
  readonly unnamed?: readonly PlacedRequirement[] | undefined;
  /** As in `requires-python`: `>=3.9`. */
  readonly requiresPython?: string | undefined;
  /** One Python only: `3.11`, or `3.11.7`. */
  readonly pythonVersion?: string | undefined;
  /** Resolve packages as of this day: `YYYY-MM-DD`, or RFC 3339. Plugins that share use the earliest. */
  readonly asOf?: string | undefined;
  /** `[tool.uv]`. Plugins with different settings don't share. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** The builder of its environment. Plugins of different builders don't share. */
  readonly builder?: string | undefined;
  /** Plugins with the same name here are to share one environment. */
  readonly share?: string | undefined;
  /** A file with requirements that are not in this list, because nobody reads it. */
  readonly unread?: { readonly text: string; readonly place: string; readonly problem: string } | undefined;
}

/** The wants of a TypeScript plugin for its `node_modules`, as in `package.json`. */
export interface NpmRequirementList {
  readonly id: string;
  /** Name to range, as under `dependencies`: `{ zod: '^4.1.0' }`. */
  readonly packages: Readonly<Record<string, string>>;
  /** Names of the packages that may be missing. */
  readonly optional?: readonly string[] | undefined;
  /** As under `engines`: `>=20`. */
  readonly node?: string | undefined;
  /** Resolve packages as of this day: `YYYY-MM-DD`, or RFC 3339. Plugins that share use the earliest. */
  readonly asOf?: string | undefined;
  /** As under `overrides`, and lines of an .npmrc. Plugins with different settings don't share. */
  readonly settings?: { readonly overrides?: unknown; readonly npmrc?: readonly string[] } | undefined;
}

/** A requirement, and where it is written: `plugins.yaml:12`. */
export interface PlacedRequirement {
  readonly text: string;
  readonly place: string;
}

/** A requirement that can't be read, or only in part. The others of its list still count. */
export interface RequirementIssue {
  readonly plugin: string;
  readonly text: string;
  /** Where the requirement is written, and at which of its characters the problem is, as far as known. */
  readonly place: string | undefined;
  readonly column: number | undefined;
  /** One clause, without a full stop. */
  readonly problem: string;
  /**
   * `unreadable`: no environment can be made with it. `unclear`: only an installer knows which versions it allows. `unread`: it stands in a
   * file that does not count.
   */
  readonly kind: 'unreadable' | 'unclear' | 'unread';
}

/** A requirement list after reading. */
export interface ReadList {
  readonly id: string;
  readonly requirements: readonly Requirement[];
  readonly issues: readonly RequirementIssue[];
  /** The readable requirements, as they were written. */
  readonly texts: readonly string[];
  /** Addresses of packages whose names are not known. */
  readonly unnamed: readonly string[];
  readonly asOf: string | undefined;
  readonly share: string | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Plugins with the same key want the same, and already have the same environment. */
  readonly key: string;
  /** Only plugins of the same kind, with the same settings and builder, share. */
  readonly kind: string;
  /** The Pythons that it may run on, and the words that ask for them: `3.11`, `>=3.9`. */
  readonly pythons: VersionSet;
  readonly wantedPython: string;
}

/** The SDK needs at least this Python. */
const OLDEST_PYTHON = '>=3.9';

/** Characters of a requirement in a report. */
const LONGEST_SHOWN = 200;

/** @param known requirements that were read before, by their text; this adds to it */
export function readList(list: RequirementList, known: Map<string, ReadText> = new Map()): ReadList {
  const {
    id,
    dependencies,
    requiresPython,
    pythonVersion,
    asOf,
    share,
    settings = {},
    builder = '',
    unread,
    unnamed = [],
  } = list;
  const requirements: Requirement[] = [];
  const texts: string[] = [];
  const spellings: string[] = [];
  const issues: RequirementIssue[] = [];
  for (const dependency of dependencies) {
    const { text, place } = typeof dependency === 'string' ? { text: dependency, place: undefined } : dependency;
    const { parsed, spelled } = known.get(text) ?? readText(text);
    known.set(text, { parsed, spelled });
    if (isProblem(parsed)) {
      const { problem, at } = parsed;
      issues.push({ plugin: id, text: shown(text), place, column: at + 1, problem, kind: 'unreadable' });
      continue;
    }
    requirements.push(parsed);
    spellings.push(spelled);
    texts.push(text.trim());
    const problem = unclear(parsed);
    if (problem !== undefined)
      issues.push({ plugin: id, text: shown(text), place, column: undefined, problem, kind: 'unclear' });
  }
  const wanted = [pythonVersion, requiresPython].filter((each) => each !== undefined && each.trim() !== '');
  const pythons = [OLDEST_PYTHON, ...wanted].map((each) => [each, pythonsIn(each ?? '')] as const);
  for (const [text = '', set] of pythons) {
    const problem = 'it is not a list of Python versions such as ">=3.9,<3.13"';
    if (set === undefined)
      issues.push({ plugin: id, text: shown(text), place: undefined, column: undefined, problem, kind: 'unreadable' });
  }
  const problem = 'which package is at this address is not known before it is fetched';
  for (const { text, place } of unnamed)
    issues.push({ plugin: id, text: shown(text), place, column: undefined, problem, kind: 'unclear' });
  if (unread !== undefined) issues.push({ plugin: id, column: undefined, kind: 'unread', ...unread });
  const kind = `${builder} ${JSON.stringify(settings, inOrder)}`;
  const wantedPython = wanted.join(' and ') || OLDEST_PYTHON;
  return {
    id,
    requirements,
    issues,
    texts,
    unnamed: unnamed.map(({ text }) => text),
    asOf,
    share,
    settings,
    key: JSON.stringify([spellings.toSorted(), unnamed.map(({ text }) => text), wantedPython, asOf, kind]),
    kind,
    pythons: pythons.flatMap(([, set]) => set ?? []).reduce((all, set) => all.intersect(set)),
    wantedPython,
  };
}

/** A requirement after reading. `readList` keeps these, since many plugins ask for the same. */
interface ReadText {
  readonly parsed: Requirement | Problem;
  readonly spelled: string;
}

/** A requirement as reports show it. */
function shown(text: string): string {
  return visibleLine(text, LONGEST_SHOWN);
}

function readText(text: string): ReadText {
  const parsed = readPluginRequirement(text);
  return { parsed, spelled: isProblem(parsed) ? '' : spellRequirement(parsed) };
}

function unclear({ url, versions, specifier }: Requirement): string | undefined {
  if (url !== undefined) return 'the version at an address is not known before it is fetched';
  if (versions !== undefined) return undefined;
  return `"${specifier}" is not a version specifier of PEP 440, though installers may read it`;
}

/** Tables are the same in whatever order they are written. */
function inOrder(_: string, value: unknown): unknown {
  const isTable = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isTable
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    : value;
}
