/** A requirement (PEP 508), taken apart as far as building an environment needs it. */
export interface Requirement {
  /** Normalised: PEP 503. */
  readonly name: string;
  readonly extras: readonly string[];
  /** Such as `>=1.2,<2`, its clauses sorted; empty when any version will do. */
  readonly specifier: string;
  readonly url: string | undefined;
  readonly marker: string | undefined;
}

/** PEP 503. */
export function normaliseName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

const HEAD = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*/;
const CLAUSE = /^(?:(?:~=|==|!=|<=|>=|<|>)\s*[\w.!+*-]+|===\s*\S+)$/;
const EXTRA = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;

/**
 * @returns what is wrong, in words, when `text` is not a requirement. It is checked here because uv, given a project whose
 * requirements it can't read, runs a build backend to ask it, and reports that one's traceback.
 */
export function parseRequirement(text: string): Requirement | string {
  const head = HEAD.exec(text.trim());
  if (head === null) return 'it does not begin with the name of a package';
  const [whole, name = '', extras] = head;
  const listed =
    extras === undefined
      ? []
      : extras
          .split(',')
          .map((extra) => extra.trim())
          .filter((extra) => extra !== '');
  const strange = listed.find((extra) => !EXTRA.test(extra));
  if (strange !== undefined) return `"${strange}" is not the name of an extra`;
  const known = { name: normaliseName(name), extras: listed.map(normaliseName).toSorted() };
  const rest = text.trim().slice(whole.length);
  return rest.startsWith('@') ? parseUrl(known, rest.slice(1).trim()) : parseVersions(known, rest);
}

type Named = Pick<Requirement, 'name' | 'extras'>;

function parseUrl(known: Named, rest: string): Requirement | string {
  const [, url = '', marker] = /^(\S+)(?:\s+;\s*(.*))?$/.exec(rest) ?? [];
  if (url === '') return 'there is no address after the @';
  return { ...known, specifier: '', url, marker };
}

function parseVersions(known: Named, rest: string): Requirement | string {
  const [versions = '', ...markers] = rest.split(';');
  const bare = versions
    .trim()
    .replace(/^\((.*)\)$/, '$1')
    .trim();
  const clauses = bare === '' ? [] : bare.split(',').map((clause) => clause.trim());
  const strange = clauses.find((clause) => !CLAUSE.test(clause));
  if (strange !== undefined)
    return strange === '' ? 'there is a comma too many' : `"${strange}" is not a version specifier such as ">=1.2"`;
  const marker = markers.join(';').trim();
  if (markers.length > 0 && !/[<>=!]=?|\bin\b/.test(marker))
    return `"${marker}" is not an environment marker such as python_version < "3.12"`;
  return {
    ...known,
    specifier: clauses
      .map((clause) => clause.replace(/\s+/g, ''))
      .toSorted()
      .join(','),
    url: undefined,
    marker: marker === '' ? undefined : marker,
  };
}

/** One spelling for all requirements that mean the same. */
export function spellRequirement({ name, extras, specifier, url, marker }: Requirement): string {
  const extra = extras.length === 0 ? '' : `[${extras.join(',')}]`;
  const condition = marker === undefined ? '' : ` ; ${marker.replace(/\s+/g, ' ').replaceAll("'", '"')}`;
  return `${name}${extra}${url === undefined ? specifier : ` @ ${url}`}${condition}`;
}
