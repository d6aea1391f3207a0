import { remembered } from './remembered.ts';
import { LONGEST_REQUIREMENT } from './limits.ts';
import type { Marker } from './marker.ts';
import { NAME, normaliseName } from './package-name.ts';
import { meantSpecifier } from './meant-specifier.ts';
import { parseMarker } from './parse-marker.ts';
import { isProblem, type Problem } from './problem.ts';
import { parseSpecifiers } from './specifier.ts';
import type { VersionSet } from './version-set.ts';
import { withoutSpace } from './without-space.ts';

/** A requirement (PEP 508), taken apart. */
export interface Requirement {
  /** Normalised (PEP 503). */
  readonly name: string;
  readonly extras: readonly string[];
  /** The clauses, sorted, such as `<2,>=1.2`; empty when any version will do. */
  readonly specifier: string;
  /** The versions that `specifier` allows. Undefined when PEP 440 has no such specifier (`>=1.*`): some installers take it. */
  readonly versions: VersionSet | undefined;
  readonly url: string | undefined;
  readonly marker: string | undefined;
  /** Where the requirement applies; undefined: everywhere. */
  readonly condition: Marker | undefined;
}

const HEAD = new RegExp(`^(${NAME})[ \\t]*(?:\\[([^\\]]*)\\][ \\t]*)?`);
const EXTRA = new RegExp(`^${NAME}$`);
/** The operator `===` takes any text. */
const CLAUSE = /^(?:(?:~=|==|!=|<=|>=|<|>)[ \t]*[\w.!+*-]+|===[ \t]*[^\s;)]+)$/;

/**
 * Reads a dependency specifier as packaging.python.org specifies it; white space around it does not count. uv is no help with
 * a mistake: when it can't read a project's requirements, it asks the build backend for them and reports that one's traceback.
 *
 * @returns a `Problem` when `text` is not a requirement
 */
export const parseRequirement: (text: string) => Requirement | Problem = remembered((text) => {
  if (text.length > LONGEST_REQUIREMENT)
    return { problem: `it is ${text.length} characters long, and at most ${LONGEST_REQUIREMENT} are read`, at: 0 };
  const start = text.length - text.trimStart().length;
  const trimmed = text.trim();
  const other = otherThanRequirement(trimmed);
  if (other !== undefined) return { problem: other.problem, at: start + other.at };
  const head = HEAD.exec(trimmed);
  if (head === null) return { problem: problemOfName(trimmed), at: start };
  const [whole, name = '', listed = ''] = head;
  const extras = withoutSpace(listed) === '' ? [] : listed.split(',').map(withoutSpace);
  const wrong = extras.find((extra) => !EXTRA.test(extra));
  if (wrong !== undefined) return { problem: problemOfExtra(wrong), at: start + whole.indexOf(wrong, name.length) };
  const known = { name: normaliseName(name), extras: [...new Set(extras.map(normaliseName))].toSorted() };
  const rest = { text: trimmed.slice(whole.length), at: start + whole.length };
  return rest.text.startsWith('@') ? parseUrl(known, rest) : parseVersions(known, rest);
});

type Named = Pick<Requirement, 'name' | 'extras'>;

/** The text behind name and extras, and where it begins in the whole. */
interface Rest {
  readonly text: string;
  readonly at: number;
}

/** Recognises lines of requirement lists that are no requirements. */
function otherThanRequirement(text: string): Problem | undefined {
  if (text === '') return { problem: 'there is nothing in it', at: 0 };
  if (text.startsWith('#')) return { problem: 'it is a comment', at: 0 };
  if (text.startsWith('-')) return { problem: problemOfOption(text), at: 0 };
  if (/^(?:[a-z]+\+)?[a-z]+:\/\//i.test(text)) {
    const name = nameInAddress(text) ?? 'NAME';
    const address = text.replace(/#egg=.*/, '');
    return { problem: `an address needs its package's name before it: ${name} @ ${address}`, at: 0 };
  }
  if (/^(?:file:|[.~]{0,2}[\\/]|[A-Za-z]:\\)/.test(text)) return { problem: problemOfPath(text), at: 0 };
  const control = /[^\P{Cc}\t]/u.exec(text);
  return control === null
    ? undefined
    : { problem: 'it holds a line break or another control character', at: control.index };
}

/** The package's name as an address or path shows it: behind `#egg=`, or at the beginning of the name of a wheel. */
export function nameInAddress(address: string): string | undefined {
  const egg = /[#&]egg=([A-Za-z0-9][\w.-]*)/.exec(address)?.[1];
  const file = (address.split(/[?#]/)[0] ?? '').replace(/^.*[\\/]/, '');
  const [, packed] = /^([A-Za-z0-9][\w.]*)-[^-]+(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl$/.exec(file) ?? [];
  return egg ?? packed;
}

function problemOfPath(path: string): string {
  const address = `file:${path.replace(/^file:/, '').replaceAll('\\', '/') || './FOLDER'}`;
  return `a folder or file needs its package's name before it: ${nameInAddress(path) ?? 'NAME'} @ ${address}`;
}

/** Options of pip have a meaning only in its own files. */
function problemOfOption(text: string): string {
  const option = /^--?[A-Za-z][\w-]*/.exec(text)?.[0] ?? '-';
  const is = `"${option}" is an option of pip, not a requirement`;
  if (/^(?:-e|--editable)/.test(option))
    return `${is}; ${problemOfPath(text.slice(option.length).replace(/^[=\s]+/, ''))}`;
  if (/^(?:-r|--requirement)/.test(option)) return `${is}; list the requirements of that file here`;
  if (/^(?:-c|--constraint)/.test(option)) return `${is}; constraints are for the plugin's requirements.txt`;
  if (/^(?:-i|--index-url|--extra-index-url|-f|--find-links|--no-index)$/.test(option))
    return `${is}; ${WHERE_INDEXES_STAND}`;
  return is;
}

/** The cure for options that say where packages are looked for. */
export const WHERE_INDEXES_STAND =
  "other package indexes are named by [[tool.uv.index]] in the plugin's pyproject.toml, or for the whole machine by UV_INDEX or pip's configuration";

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
  const wrong = clauses.find((clause) => !CLAUSE.test(clause));
  if (wrong !== undefined)
    return { problem: problemOfClause(wrong, known.name), at: at + Math.max(0, written.indexOf(wrong)) };
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

/** Splits a version specifier, which may stand in parentheses and end with a comma, into its clauses. */
function clausesIn(written: string): string[] {
  if (written === '') return [];
  const bare = written.startsWith('(') && written.endsWith(')') ? written.slice(1, -1) : written;
  const clauses = bare.split(',').map(withoutSpace);
  return clauses.length > 1 && clauses.at(-1) === '' ? clauses.slice(0, -1) : clauses;
}

function problemOfExtra(extra: string): string {
  return extra === '' ? 'there is a comma too many' : `"${extra}" is not the name of an extra`;
}

function problemOfName(text: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(text)?.[2]?.trim() ?? '';
  const isMeant = quoted !== '' && !isProblem(parseRequirement(quoted));
  return `it does not begin with the name of a package${isMeant ? `; leave the quotation marks out: ${quoted}` : ''}`;
}

function problemOfClause(clause: string, name: string): string {
  if (/^[-_.]/.test(clause) && !/^--?[a-z]/.test(clause)) return 'the name of a package ends with a letter or a digit';
  if (clause.startsWith('[')) return 'the bracket behind the name is not closed';
  if (clause === '') return 'there is a comma too many';
  if (/(?:^|\s)#/.test(clause)) return problemOfComment(clause, name);
  if (MARKER_BEHIND.test(clause)) return 'a ";" is missing before the environment marker';
  const option = /(?:^|\s)(--?[a-z][\w-]*)/.exec(clause)?.[1];
  if (option === '--hash') return '"--hash" is an option of pip; hashes are for the plugin\'s requirements.txt';
  if (option !== undefined) return `"${option}" is an option of pip`;
  const meant = meantSpecifier(clause);
  return `"${clause}" is not a version specifier such as ">=1.2"${meant === undefined ? '' : `; write "${meant}"`}`;
}

/** A variable of markers, and how it is compared. */
const MARKER_BEHIND =
  /(?:^|\s)(?:python_(?:full_)?version|sys_platform|os_name|platform_\w+|implementation_(?:name|version)|extra)\s*(?:[~=!<>]|in\s|not\s)/;

function problemOfComment(clause: string, name: string): string {
  const before = clause.replace(/\s*#.*$/s, '');
  const isMeant = before === '' || CLAUSE.test(before);
  const cure = isMeant ? `; leave it out behind "${before === '' ? name : before}"` : '';
  return `a comment may stand only in a requirements file, behind a blank${cure}`;
}

function conditionIn({ text, at }: Rest): Marker | Problem {
  const parsed = parseMarker(text);
  return isProblem(parsed) ? { problem: parsed.problem, at: at + parsed.at } : parsed;
}

/** Gives requirements that differ in spelling only the same text. */
export function spellRequirement({ name, extras, specifier, url, marker }: Requirement): string {
  const extra = extras.length === 0 ? '' : `[${extras.join(',')}]`;
  const condition = marker === undefined ? '' : ` ; ${marker.replace(/\s+/g, ' ').replaceAll("'", '"')}`;
  return `${name}${extra}${url === undefined ? specifier : ` @ ${url}`}${condition}`;
}
