import { DEEPEST_MARKER } from './limits.ts';
import { comparison, type Marker, MARKER_VARIABLES } from './marker.ts';
import { normaliseName } from './package-name.ts';
import type { Problem } from './problem.ts';

const DOTTED: Readonly<Record<string, string>> = {
  'os.name': 'os_name',
  'sys.platform': 'sys_platform',
  'platform.version': 'platform_version',
  'platform.machine': 'platform_machine',
  'platform.python_implementation': 'platform_python_implementation',
  python_implementation: 'platform_python_implementation',
};
const EXAMPLE = 'an environment marker such as python_version < "3.12"';

/** Text in quotation marks; of control characters it may hold the tab. */
const QUOTED = /'(?:[^'\p{Cc}]|\t)*'|"(?:[^"\p{Cc}]|\t)*"/uy;

export function parseMarker(text: string): Marker | Problem {
  return new MarkerParser(text).parse();
}

/** Ends a parse that fails; `parse` catches it. */
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
    this.#at = /^[ \t]*/.exec(text)?.[0].length ?? 0;
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
    if (depth >= DEEPEST_MARKER)
      throw new Stop(`more than ${DEEPEST_MARKER} parentheses stand inside each other`, this.#at);
    const inner = this.#alternatives(depth + 1);
    if (this.#take(/\)/y) === undefined) throw new Stop('a parenthesis is not closed', this.#at);
    return inner;
  }

  #comparison(): Marker {
    const left = this.#operand();
    const operator = this.#take(/===|==|~=|!=|<=|>=|<|>|in\b|not[ \t]+in\b/y);
    if (operator === undefined && this.#rest() === '') throw this.#half();
    if (operator === undefined)
      throw new Stop(`"${this.#rest()}" is not an operator, in what should be ${EXAMPLE}`, this.#at);
    const right = this.#operand();
    const [variable, value] = left.isVariable ? [left, right] : [right, left];
    if (!variable.isVariable || value.isVariable)
      throw new Stop(
        `it compares two ${variable.isVariable ? 'variables' : 'texts'}, and should be ${EXAMPLE}`,
        left.at,
      );
    return comparison({
      variable: variable.text,
      operator: operator.replace(/[ \t]+/g, ' '),
      value: variable.text === 'extra' ? normaliseName(value.text) : value.text,
      valueFirst: value === left,
    });
  }

  #operand(): Operand {
    const at = this.#at;
    const quoted = this.#take(QUOTED);
    if (quoted !== undefined) return { text: quoted.slice(1, -1), isVariable: false, at };
    const word = this.#take(/[A-Za-z_.]+/y) ?? '';
    const variable = DOTTED[word] ?? word;
    if (MARKER_VARIABLES.has(variable)) return { text: variable, isVariable: true, at };
    const found = word === '' ? this.#rest() : word;
    if (found === '') throw this.#half();
    if (/^\d/.test(found)) throw new Stop(`"${found}" is compared as text, and so needs quotation marks`, at);
    if (/^["']/.test(found)) throw new Stop(`the quotation mark before ${found.slice(1)} is not closed`, at);
    throw new Stop(`"${found}" is not a variable of ${EXAMPLE}`, at);
  }

  /** The text ends too early. */
  #half(): Stop {
    const cure = 'complete it, or leave it out with its ";"';
    return this.#text.trim() === ''
      ? new Stop(`nothing follows the ";": leave that out, or write ${EXAMPLE} behind it`, this.#at)
      : new Stop(`the marker "${this.#text.trim()}" is only a part of ${EXAMPLE}; ${cure}`, this.#at);
  }

  /** Skips white space, what the sticky `pattern` matches, and white space again. Returns the match. */
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
