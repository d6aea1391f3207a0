import { type Marker, parseMarker, type Problem } from './marker.ts';
import { NAME, normaliseName } from './package-name.ts';
import { parseSpecifiers } from './specifier.ts';
import type { VersionSet } from './version-set.ts';

/** A requirement (PEP 508), taken apart. */
export interface Requirement {
  /** Normalised: PEP 503. */
  readonly name: string;
  readonly extras: readonly string[];
  /** Such as `>=1.2,<2`, its clauses sorted; empty when any version will do. */
  readonly specifier: string;
  /** What `specifier` allows. Undefined when it is none of PEP 440, such as `>=1.*`: installers may read it all the same. */
  readonly versions: VersionSet | undefined;
  readonly url: string | undefined;
  readonly marker: string | undefined;
  /** When it applies; undefined: always. */
  readonly condition: Marker | undefined;
}

const HEAD = new RegExp(`^(${NAME})\\s*(?:\\[([^\\]]*)\\])?\\s*`);
const CLAUSE = /^(?:(?:~=|==|!=|<=|>=|<|>)\s*[\w.!+*-]+|===\s*\S+)$/;
const EXTRA = new RegExp(`^${NAME}$`);

/**
 * @returns what is wrong, in words, when `text` is not a requirement. It is checked here because uv, given a project whose
 * requirements it can't read, runs a build backend to ask it, and reports that one's traceback.
 */
export function parseRequirement(text: string): Requirement | Problem {
  const start = text.length - text.trimStart().length;
  const trimmed = text.trim();
  const odd = oddity(trimmed);
  if (odd !== undefined) return { problem: odd, at: start };
  const head = HEAD.exec(trimmed);
  if (head === null) return { problem: 'it does not begin with the name of a package', at: start };
  const [whole, name = '', extras = ''] = head;
  const listed = extras
    .split(',')
    .map((extra) => extra.trim())
    .filter((extra) => extra !== '');
  const strange = listed.find((extra) => !EXTRA.test(extra));
  if (strange !== undefined)
    return { problem: `"${strange}" is not the name of an extra`, at: start + whole.indexOf(strange, name.length) };
  const known = { name: normaliseName(name), extras: [...new Set(listed.map(normaliseName))].toSorted() };
  const rest = { text: trimmed.slice(whole.length), at: start + whole.length };
  return rest.text.startsWith('@') ? parseUrl(known, rest) : parseVersions(known, rest);
}

type Named = Pick<Requirement, 'name' | 'extras'>;

/** What is left to be read, and where in the whole text it begins. */
interface Rest {
  readonly text: string;
  readonly at: number;
}

/** What stands in requirement lists, and is no requirement. */
function oddity(text: string): string | undefined {
  if (text.startsWith('-')) return 'it is an option of pip';
  if (/^(?:[a-z]+\+)?[a-z]+:\/\//i.test(text)) {
    const name = /#egg=([\w.-]+)/.exec(text)?.[1] ?? 'NAME';
    return `an address needs its package's name before it: ${name} @ ${text.replace(/#egg=.*/, '')}`;
  }
  if (/^[.~]{0,2}[\\/]/.test(text)) return "a folder or file needs its package's name before it: NAME @ file:///…";
  return undefined;
}

function parseUrl(known: Named, { text, at }: Rest): Requirement | Problem {
  const [, space = '', url = '', gap = '', marker] = /^@(\s*)(\S*)(?:(\s+;)(.*))?$/.exec(text) ?? [];
  if (url === '') return { problem: 'there is no address after the @', at };
  const place = at + 1 + space.length + url.length + gap.length;
  const condition = marker === undefined ? undefined : conditionIn({ text: marker, at: place });
  if (isProblem(condition)) return condition;
  return { ...known, specifier: '', versions: undefined, url, marker: marker?.trim(), condition };
}

function parseVersions(known: Named, { text, at }: Rest): Requirement | Problem {
  const semicolon = text.indexOf(';');
  const written = semicolon === -1 ? text : text.slice(0, semicolon);
  const bare = written
    .trim()
    .replace(/^\((.*)\)$/, '$1')
    .trim();
  const clauses = bare === '' ? [] : bare.split(',').map((clause) => clause.trim());
  const strange = clauses.find((clause) => !CLAUSE.test(clause));
  if (strange !== undefined) return { problem: strangeClause(strange), at: at + Math.max(0, written.indexOf(strange)) };
  const condition =
    semicolon === -1 ? undefined : conditionIn({ text: text.slice(semicolon + 1), at: at + semicolon + 1 });
  if (isProblem(condition)) return condition;
  const specifier = clauses.map((clause) => clause.replace(/\s+/g, '')).toSorted();
  return {
    ...known,
    specifier: specifier.join(','),
    versions: parseSpecifiers(specifier.join(',')),
    url: undefined,
    marker: semicolon === -1 ? undefined : text.slice(semicolon + 1).trim(),
    condition,
  };
}

function strangeClause(clause: string): string {
  if (clause === '') return 'there is a comma too many';
  const option = /(?:^|\s)(--?[a-z][\w-]*)/.exec(clause)?.[1];
  if (option !== undefined) return `"${option}" is an option of pip`;
  return `"${clause}" is not a version specifier such as ">=1.2"`;
}

function conditionIn({ text, at }: Rest): Marker | Problem {
  const parsed = parseMarker(text);
  return isProblem(parsed) ? { problem: parsed.problem, at: at + parsed.at } : parsed;
}

export function isProblem(parsed: object | undefined): parsed is Problem {
  return parsed !== undefined && 'problem' in parsed;
}

/** One spelling for all requirements that mean the same. */
export function spellRequirement({ name, extras, specifier, url, marker }: Requirement): string {
  const extra = extras.length === 0 ? '' : `[${extras.join(',')}]`;
  const condition = marker === undefined ? '' : ` ; ${marker.replace(/\s+/g, ' ').replaceAll("'", '"')}`;
  return `${name}${extra}${url === undefined ? specifier : ` @ ${url}`}${condition}`;
}
