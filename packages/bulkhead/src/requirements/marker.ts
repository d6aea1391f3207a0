import { normaliseName } from './package-name.ts';
import { parseSpecifier } from './specifier.ts';
import { parseVersion } from './version.ts';

/** What a marker is asked in: the variables of PEP 508 and their values. */
export type MarkerEnvironment = Readonly<Record<string, string>>;

/** An environment marker (PEP 508), such as `python_version < "3.12"`. */
export type Marker = { readonly kind: 'or' | 'and'; readonly parts: readonly Marker[] } | Comparison;

interface Comparison {
  readonly kind: 'comparison';
  readonly variable: string;
  readonly operator: string;
  readonly value: string;
  /** `"linux" in sys_platform`, not `sys_platform in "linux"`. */
  readonly valueFirst: boolean;
}

/** What is wrong with a text, in words, and at which of its characters. */
export interface Problem {
  readonly problem: string;
  readonly at: number;
}

const DOTTED: Readonly<Record<string, string>> = {
  'os.name': 'os_name',
  'sys.platform': 'sys_platform',
  'platform.version': 'platform_version',
  'platform.machine': 'platform_machine',
  'platform.python_implementation': 'platform_python_implementation',
  python_implementation: 'platform_python_implementation',
};
const VARIABLES = new Set([
  'python_version',
  'python_full_version',
  'os_name',
  'sys_platform',
  'platform_release',
  'platform_system',
  'platform_version',
  'platform_machine',
  'platform_python_implementation',
  'implementation_name',
  'implementation_version',
  'extra',
]);
/** Compared as versions, where both sides are some. */
const VERSIONS = new Set(['implementation_version', 'platform_release', 'python_full_version', 'python_version']);
const EXAMPLE = 'an environment marker such as python_version < "3.12"';
const DEEPEST = 100;

export function parseMarker(text: string): Marker | Problem {
  return new MarkerParser(text).parse();
}

/** Undefined when that is not decided: the values are no versions, where the operator needs some. */
export function evaluateMarker(marker: Marker, environment: MarkerEnvironment): boolean | undefined {
  if (marker.kind === 'comparison') return evaluateComparison(marker, environment);
  const decisive = marker.kind === 'or';
  const values = marker.parts.map((part) => evaluateMarker(part, environment));
  return values.includes(decisive) ? decisive : values.includes(undefined) ? undefined : !decisive;
}

/** The values that `marker` compares `variable` with. */
export function valuesOf(marker: Marker, variable: string): string[] {
  if (marker.kind !== 'comparison') return marker.parts.flatMap((part) => valuesOf(part, variable));
  return marker.variable === variable ? [marker.value] : [];
}

function evaluateComparison(comparison: Comparison, environment: MarkerEnvironment): boolean | undefined {
  const { variable, operator, value, valueFirst } = comparison;
  const actual = environment[variable] ?? '';
  const [left, right] = valueFirst ? [value, actual] : [actual, value];
  if (VERSIONS.has(variable) && operator === '===') return left.toLowerCase() === right.toLowerCase();
  const versions = VERSIONS.has(variable) ? parseSpecifier(`${operator}${right}`) : undefined;
  if (versions !== undefined) {
    const version = parseVersion(left);
    return version !== undefined && versions.contains(version);
  }
  switch (operator) {
    case '==':
    case '<=':
    case '>=':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
    case '>':
      return false;
    case 'in':
      return right.includes(left);
    case 'not in':
      return !right.includes(left);
    default:
      return undefined;
  }
}

/** A failed parse ends by this, caught in `parse`. */
class Stop extends Error {
  readonly problem: Problem;

  constructor(problem: string, at: number) {
    super(problem);
    this.problem = { problem, at };
  }
}

interface Operand {
  readonly text: string;
  readonly isVariable: boolean;
  readonly at: number;
}

class MarkerParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#at = text.length - text.trimStart().length;
  }

  parse(): Marker | Problem {
    try {
      const marker = this.#alternatives(0);
      if (this.#at < this.#text.length)
        throw new Stop(`"${this.#rest()}" is neither "and" nor "or" nor the end of the marker`, this.#at);
      return marker;
    } catch (error) {
      if (error instanceof Stop) return error.problem;
      throw error;
    }
  }

  #alternatives(depth: number): Marker {
    const parts = [this.#conjunction(depth)];
    while (this.#take(/or\b/y) !== undefined) parts.push(this.#conjunction(depth));
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'or', parts };
  }

  #conjunction(depth: number): Marker {
    const parts = [this.#atom(depth)];
    while (this.#take(/and\b/y) !== undefined) parts.push(this.#atom(depth));
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'and', parts };
  }

  #atom(depth: number): Marker {
    if (this.#take(/\(/y) === undefined) return this.#comparison();
    if (depth > DEEPEST) throw new Stop(`more than ${DEEPEST} parentheses stand inside each other`, this.#at);
    const inner = this.#alternatives(depth + 1);
    if (this.#take(/\)/y) === undefined) throw new Stop('a parenthesis is not closed', this.#at);
    return inner;
  }

  #comparison(): Marker {
    const left = this.#operand();
    const operator = this.#take(/===|==|~=|!=|<=|>=|<|>|in\b|not[ \t]+in\b/y);
    if (operator === undefined)
      throw new Stop(`"${this.#rest()}" is not an operator, in what should be ${EXAMPLE}`, this.#at);
    const right = this.#operand();
    const [variable, value] = left.isVariable ? [left, right] : [right, left];
    if (!variable.isVariable || value.isVariable)
      throw new Stop(
        `it compares two ${variable.isVariable ? 'variables' : 'texts'}, and should be ${EXAMPLE}`,
        left.at,
      );
    const isExtra = variable.text === 'extra';
    return {
      kind: 'comparison',
      variable: variable.text,
      operator: operator.replace(/\s+/g, ' '),
      value: isExtra ? normaliseName(value.text) : value.text,
      valueFirst: value === left,
    };
  }

  #operand(): Operand {
    const at = this.#at;
    const quoted = this.#take(/'[^']*'|"[^"]*"/y);
    if (quoted !== undefined) return { text: quoted.slice(1, -1), isVariable: false, at };
    const word = this.#take(/[A-Za-z_.]+/y) ?? '';
    const variable = DOTTED[word] ?? word;
    if (VARIABLES.has(variable)) return { text: variable, isVariable: true, at };
    const found = word === '' ? this.#rest() : word;
    if (found === '') throw new Stop(`it ends where ${EXAMPLE} should go on`, at);
    if (/^["']/.test(found)) throw new Stop(`the quotation mark before ${found.slice(1)} is not closed`, at);
    throw new Stop(`"${found}" is not a variable of ${EXAMPLE}`, at);
  }

  /** What `pattern` (sticky) matches behind white space; moves behind it and the white space that follows. */
  #take(pattern: RegExp): string | undefined {
    const space = /[ \t]*/y;
    space.lastIndex = this.#at;
    space.exec(this.#text);
    pattern.lastIndex = space.lastIndex;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) return undefined;
    space.lastIndex = pattern.lastIndex;
    space.exec(this.#text);
    this.#at = space.lastIndex;
    return found;
  }

  #rest(): string {
    const rest = this.#text.slice(this.#at).trim();
    return rest.length > 30 ? `${rest.slice(0, 29)}…` : rest;
  }
}
