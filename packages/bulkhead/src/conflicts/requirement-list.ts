import { isProblem, type Problem } from '../requirements/problem.ts';
import { parseRequirement, type Requirement, spellRequirement } from '../requirements/requirement.ts';
import { pythonsIn } from '../requirements/python-version.ts';
import type { VersionSet } from '../requirements/version-set.ts';

/** What a Python plugin wants of its environment. */
export interface RequirementList {
  /** The plugin's id, or another name for messages. */
  readonly id: string;
  /** Requirements (PEP 508). */
  readonly dependencies: readonly (string | PlacedRequirement)[];
  /** As in `requires-python`: `>=3.9`. */
  readonly requiresPython?: string | undefined;
  /** One Python only: `3.11`, or `3.11.7`. */
  readonly pythonVersion?: string | undefined;
  /** Packages as they were on this day: `YYYY-MM-DD`, or RFC 3339. Plugins that share go by the earliest. */
  readonly asOf?: string | undefined;
  /** `[tool.uv]`: plugins that set different things there don't share. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** What makes its environment; plugins of different builders don't share. */
  readonly builder?: string | undefined;
  /** Plugins with the same name here were told to share one environment. */
  readonly share?: string | undefined;
}

/** What a TypeScript plugin wants of its `node_modules`, as in `package.json`. */
export interface NpmRequirementList {
  readonly id: string;
  /** Name to range, as under `dependencies`: `{ zod: '^4.1.0' }`. */
  readonly packages: Readonly<Record<string, string>>;
  /** As under `engines`: `>=20`. */
  readonly node?: string | undefined;
}

/** A requirement, and where it is written: `plugins.yaml:12`. */
export interface PlacedRequirement {
  readonly text: string;
  readonly place: string;
}

/** A requirement that says less than it should: no other is held up by it. */
export interface Oddity {
  readonly plugin: string;
  readonly text: string;
  /** Where it is written, and at which of its characters the trouble is, as far as that is known. */
  readonly place: string | undefined;
  readonly column: number | undefined;
  /** In words, without a final stop. */
  readonly problem: string;
  /** `unreadable`: nobody could install it. `unclear`: only an installer knows which versions it allows. */
  readonly kind: 'unreadable' | 'unclear';
}

/** A list, read. */
export interface ReadList {
  readonly id: string;
  readonly requirements: readonly Requirement[];
  readonly oddities: readonly Oddity[];
  /** As they were written, those that can be read. */
  readonly texts: readonly string[];
  readonly asOf: string | undefined;
  readonly share: string | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Plugins with the same key want the same, and have one environment already. */
  readonly key: string;
  /** Plugins share only with their kind: the same settings and the same builder. */
  readonly kind: string;
  /** The Pythons that it may run on, and how that is asked for: `3.11`, `>=3.9`. */
  readonly pythons: VersionSet;
  readonly wantedPython: string;
}

/** What plugins are run on at least. */
const OLDEST_PYTHON = '>=3.9';

/** @param known what was read already, by its text */
export function readList(list: RequirementList, known: Map<string, ReadText> = new Map()): ReadList {
  const { id, dependencies, requiresPython, pythonVersion, asOf, share, settings = {}, builder = '' } = list;
  const requirements: Requirement[] = [];
  const texts: string[] = [];
  const spellings: string[] = [];
  const oddities: Oddity[] = [];
  for (const dependency of dependencies) {
    const { text, place } = typeof dependency === 'string' ? { text: dependency, place: undefined } : dependency;
    const { parsed, spelled } = known.get(text) ?? readText(text);
    known.set(text, { parsed, spelled });
    if (isProblem(parsed)) {
      const { problem, at } = parsed;
      oddities.push({ plugin: id, text, place, column: at + 1, problem, kind: 'unreadable' });
      continue;
    }
    requirements.push(parsed);
    spellings.push(spelled);
    texts.push(text.trim());
    const problem = unclear(parsed);
    if (problem !== undefined) oddities.push({ plugin: id, text, place, column: undefined, problem, kind: 'unclear' });
  }
  const wanted = [pythonVersion, requiresPython].filter((each) => each !== undefined && each.trim() !== '');
  const pythons = [OLDEST_PYTHON, ...wanted].map((each) => [each, pythonsIn(each ?? '')] as const);
  for (const [text = '', set] of pythons) {
    const problem = 'it is not a list of Python versions such as ">=3.9,<3.13"';
    if (set === undefined)
      oddities.push({ plugin: id, text, place: undefined, column: undefined, problem, kind: 'unreadable' });
  }
  const kind = `${builder} ${JSON.stringify(settings)}`;
  const wantedPython = wanted.join(' and ') || OLDEST_PYTHON;
  return {
    id,
    requirements,
    oddities,
    texts,
    asOf,
    share,
    settings,
    key: JSON.stringify([spellings.toSorted(), wantedPython, asOf, kind]),
    kind,
    pythons: pythons.flatMap(([, set]) => set ?? []).reduce((all, set) => all.intersect(set)),
    wantedPython,
  };
}

/** What became of a text: kept by `readList`, since plugins ask for the same things. */
interface ReadText {
  readonly parsed: Requirement | Problem;
  readonly spelled: string;
}

function readText(text: string): ReadText {
  const parsed = parseRequirement(text);
  return { parsed, spelled: isProblem(parsed) ? '' : spellRequirement(parsed) };
}

function unclear({ url, versions, specifier }: Requirement): string | undefined {
  if (url !== undefined) return 'which version there is at an address is not known before it is fetched';
  if (versions !== undefined) return undefined;
  return `"${specifier}" is not a version specifier of PEP 440, though installers may read it`;
}
