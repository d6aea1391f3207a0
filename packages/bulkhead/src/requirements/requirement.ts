import { LONGEST_REQUIREMENT } from './limits.ts';
import type { Marker } from './marker.ts';
import { NAME, normaliseName } from './package-name.ts';
import { parseMarker } from './parse-marker.ts';
import { isProblem, type Problem } from './problem.ts';
import { parseSpecifiers } from './specifier.ts';
import type { VersionSet } from './version-set.ts';
import { withoutSpace } from './without-space.ts';

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

const HEAD = new RegExp(`^(${NAME})[ \\t]*(?:\\[([^\\]]*)\\][ \\t]*)?`);
const EXTRA = new RegExp(`^${NAME}$`);
/** What `===` compares may be any text. */
const CLAUSE = /^(?:(?:~=|==|!=|<=|>=|<|>)[ \t]*[\w.!+*-]+|===[ \t]*[^\s;)]+)$/;

/**
 * Reads what packaging.python.org specifies as a dependency specifier; white space around it is not part of it.
 *
 * @returns what is wrong, in words, when `text` is not a requirement. It is checked here because uv, given a project whose
 * requirements it can't read, runs a build backend to ask it, and reports that one's traceback.
 */
export function parseRequirement(text: string): Requirement | Problem {
  if (text.length > LONGEST_REQUIREMENT)
    return { problem: `it is ${text.length} characters long, and at most ${LONGEST_REQUIREMENT} are read`, at: 0 };
  const start = text.length - text.trimStart().length;
  const trimmed = text.trim();
  const odd = oddity(trimmed);
  if (odd !== undefined) return { problem: odd.problem, at: start + odd.at };
  const head = HEAD.exec(trimmed);
  if (head === null) return { problem: 'it does not begin with the name of a package', at: start };
  const [whole, name = '', listed = ''] = head;
  const extras = withoutSpace(listed) === '' ? [] : listed.split(',').map(withoutSpace);
  const strange = extras.find((extra) => !EXTRA.test(extra));
  if (strange !== undefined) return { problem: strangeExtra(strange), at: start + whole.indexOf(strange, name.length) };
  const known = { name: normaliseName(name), extras: [...new Set(extras.map(normaliseName))].toSorted() };
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
function oddity(text: string): Problem | undefined {
  if (text.startsWith('-')) return { problem: 'it is an option of pip', at: 0 };
  if (/^(?:[a-z]+\+)?[a-z]+:\/\//i.test(text)) {
    const name = /#egg=([\w.-]+)/.exec(text)?.[1] ?? 'NAME';
    return {
      problem: `an address needs its package's name before it: ${name} @ ${text.replace(/#egg=.*/, '')}`,
      at: 0,
    };
  }
  if (/^[.~]{0,2}[\\/]/.test(text))
    return { problem: "a folder or file needs its package's name before it: NAME @ file:///…", at: 0 };
  const control = /[^\P{Cc}\t]/u.exec(text);
  return control === null
    ? undefined
    : { problem: 'it holds a line break or another control character', at: control.index };
}

function parseUrl(known: Named, { text, at }: Rest): Requirement | Problem {
  const [begin = '', url = '', gap = '', behind = ''] = /^(@[ \t]*)(\S*)([ \t]*)(.*)$/s.exec(text)?.slice(1) ?? [];
  if (url === '') return { problem: 'there is no address after the @', at };
  const place = at + begin.length + url.length + gap.length;
  if (behind !== '' && !behind.startsWith(';'))
    return {
      problem: 'an address holds no spaces, and only a marker may follow it: NAME @ ADDRESS ; MARKER',
      at: place,
    };
  const condition = behind === '' ? undefined : conditionIn({ text: behind.slice(1), at: place + 1 });
  if (isProblem(condition)) return condition;
  const marker = condition === undefined ? undefined : withoutSpace(behind.slice(1));
  return { ...known, specifier: '', versions: undefined, url, marker, condition };
}

function parseVersions(known: Named, { text, at }: Rest): Requirement | Problem {
  const semicolon = text.indexOf(';');
  const written = semicolon === -1 ? text : text.slice(0, semicolon);
  const clauses = clausesIn(withoutSpace(written));
  if (clauses.join('') === '' && written.includes('('))
    return { problem: 'there is nothing in the parentheses', at: at + written.indexOf('(') };
  const strange = clauses.find((clause) => !CLAUSE.test(clause));
  if (strange !== undefined) return { problem: strangeClause(strange), at: at + Math.max(0, written.indexOf(strange)) };
  const condition =
    semicolon === -1 ? undefined : conditionIn({ text: text.slice(semicolon + 1), at: at + semicolon + 1 });
  if (isProblem(condition)) return condition;
  const specifier = clauses
    .map((clause) => clause.replace(/[ \t]+/g, ''))
    .toSorted()
    .join(',');
  return {
    ...known,
    specifier,
    versions: parseSpecifiers(specifier),
    url: undefined,
    marker: semicolon === -1 ? undefined : withoutSpace(text.slice(semicolon + 1)),
    condition,
  };
}

/** The clauses of a version specifier, which may stand in parentheses and end in a comma. */
function clausesIn(written: string): string[] {
  if (written === '') return [];
  const bare = written.startsWith('(') && written.endsWith(')') ? written.slice(1, -1) : written;
  const clauses = bare.split(',').map(withoutSpace);
  return clauses.length > 1 && clauses.at(-1) === '' ? clauses.slice(0, -1) : clauses;
}

function strangeExtra(extra: string): string {
  return extra === '' ? 'there is a comma too many' : `"${extra}" is not the name of an extra`;
}

function strangeClause(clause: string): string {
  if (/^[-_.]/.test(clause) && !/^--?[a-z]/.test(clause)) return 'the name of a package ends with a letter or a digit';
  if (clause.startsWith('[')) return 'the bracket behind the name is not closed';
  if (clause === '') return 'there is a comma too many';
  const option = /(?:^|\s)(--?[a-z][\w-]*)/.exec(clause)?.[1];
  if (option !== undefined) return `"${option}" is an option of pip`;
  return `"${clause}" is not a version specifier such as ">=1.2"`;
}

function conditionIn({ text, at }: Rest): Marker | Problem {
  const parsed = parseMarker(text);
  return isProblem(parsed) ? { problem: parsed.problem, at: at + parsed.at } : parsed;
}

/** One spelling for all requirements that mean the same. */
export function spellRequirement({ name, extras, specifier, url, marker }: Requirement): string {
  const extra = extras.length === 0 ? '' : `[${extras.join(',')}]`;
  const condition = marker === undefined ? '' : ` ; ${marker.replace(/\s+/g, ' ').replaceAll("'", '"')}`;
  return `${name}${extra}${url === undefined ? specifier : ` @ ${url}`}${condition}`;
}
