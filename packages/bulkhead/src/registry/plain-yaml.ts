/** A value that was read, and where the items of its lists stand. */
export interface PlainYaml {
  readonly value: unknown;
  readonly items: ListItems;
}

/** By the list. */
export type ListItems = ReadonlyMap<readonly unknown[], readonly ItemPosition[]>;

/** Of its first character, 1-based. */
export interface ItemPosition {
  readonly line: number;
  readonly column: number;
}

/**
 * Reads YAML as registries are nearly always written, many times as fast as a library that knows all of it: mappings and lists in lines,
 * or in brackets on one line; keys that are words; values on one line, plain or in quotes. Undefined for a text that has anything
 * else in it, a mistake included: what that means is for the library to say.
 */
export function readPlainYaml(source: string): PlainYaml | undefined {
  try {
    return new PlainYamlReader(source).read();
  } catch (error) {
    if (error === UNUSUAL) return undefined;
    throw error;
  }
}

/** Thrown at whatever this reader leaves to the library. */
const UNUSUAL = new Error('this is not plain YAML');

const DEEPEST = 20;
const MOST_VALUES = 100_000;

/** Tabs, byte order marks, and line ends that are none to the library. */
const UNUSUAL_CHARACTERS = /[\t\ufeff]|\r(?!\n)/;
const BLANK = /^ *(?:#|$)/;
const DOCUMENT_OR_DIRECTIVE = /^(?:---|\.\.\.|%)/;
const KEY = /([A-Za-z_][\w./-]*):(?= |$)/y;
const DOUBLE_QUOTED = /"([^"\\]*)"/y;
const SINGLE_QUOTED = /'((?:[^']|'')*)'/y;
const END_IN_BRACKETS = /[,[\]{}]|$/g;
/** None of the characters that mean something else there. */
const BEGINS_PLAIN = /^(?:[^\s\-?:,[\]{}#&*!|>'"%@`]|-[\w.])/;
/** It would be a key, or a comment follows. */
const ENDS_PLAIN = /:(?: |$)| #/;
const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...['~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);
const MAY_BE_NUMBER = /^[-+.\d]/;
const USUAL_NUMBER = /^(?:0|-?[1-9]\d{0,14}|-?\d{1,9}\.\d{1,9})$/;
const NUMBER =
  /^(?:[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|0o[0-7]+|0x[\da-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

interface Line {
  readonly number: number;
  /** Where it begins; of a mapping in a list, where its first key does. */
  readonly indent: number;
  /** The whole line. */
  readonly text: string;
}

class PlainYamlReader {
  readonly #lines: Line[];
  readonly #items = new Map<readonly unknown[], readonly ItemPosition[]>();
  /** Of the line that is read, and of the character in it. */
  #index = 0;
  #at = 0;
  #depth = 0;
  #values = 0;

  constructor(source: string) {
    this.#lines = linesOf(source);
  }

  read(): PlainYaml {
    if (this.#line?.indent !== 0) throw UNUSUAL;
    const value = this.#block(0);
    if (this.#line !== undefined) throw UNUSUAL;
    return { value, items: this.#items };
  }

  get #line(): Line | undefined {
    return this.#lines[this.#index];
  }

  /** A mapping or a list whose lines begin there. */
  #block(indent: number): unknown {
    return isItem(this.#line, indent) ? this.#list(indent) : this.#mapping(indent);
  }

  #mapping(indent: number): unknown {
    this.#enter();
    const mapping: Record<string, unknown> = {};
    for (let line = this.#line; line?.indent === indent; line = this.#line) {
      this.#at = indent;
      const key = this.#key(line.text, mapping);
      mapping[key] = this.#isAtEnd(line.text) ? this.#below(indent) : this.#restOf(line, indent);
    }
    return this.#left(mapping);
  }

  /** The value of a key that is alone on its line. */
  #below(indent: number): unknown {
    this.#index += 1;
    const line = this.#line;
    if (line !== undefined && line.indent > indent) return this.#block(line.indent);
    return isItem(line, indent) ? this.#list(indent) : null;
  }

  #list(indent: number): unknown {
    this.#enter();
    const [list, positions]: [unknown[], ItemPosition[]] = [[], []];
    for (let line = this.#line; isItem(line, indent); line = this.#line) {
      const { number, text } = line;
      this.#at = indent + 1;
      this.#skipSpaces(text);
      const begin = this.#at;
      positions.push({ line: number, column: begin + 1 });
      KEY.lastIndex = begin;
      if (KEY.test(text)) {
        this.#lines[this.#index] = { number, indent: begin, text };
        list.push(this.#mapping(begin));
      } else list.push(this.#restOf(line, indent));
    }
    this.#items.set(list, positions);
    return this.#left(list);
  }

  /** The value that ends a line. The next line may not go on with it. */
  #restOf(line: Line, indent: number): unknown {
    const { text } = line;
    const comment = text.indexOf(' #', this.#at);
    const value = this.#value(line, comment === -1 ? text.length : comment);
    if (!this.#isAtEnd(text)) throw UNUSUAL;
    this.#index += 1;
    if (this.#line !== undefined && this.#line.indent > indent) throw UNUSUAL;
    return value;
  }

  /** @param plainEnd where a value without quotes and brackets would end */
  #value(line: Line, plainEnd: number): unknown {
    const { text } = line;
    this.#values += 1;
    if (this.#values > MOST_VALUES) throw UNUSUAL;
    this.#skipSpaces(text);
    switch (text[this.#at]) {
      case '[':
        return this.#listInBrackets(line);
      case '{':
        return this.#mappingInBrackets(line);
      case '"':
        return this.#match(DOUBLE_QUOTED, text);
      case "'":
        return this.#match(SINGLE_QUOTED, text).replaceAll("''", "'");
      default:
        return this.#plain(text, plainEnd);
    }
  }

  #listInBrackets(line: Line): unknown {
    const { number, text } = line;
    this.#enter();
    const [list, positions]: [unknown[], ItemPosition[]] = [[], []];
    for (let more = this.#opens(text, ']'); more; more = this.#goesOn(text, ']')) {
      this.#skipSpaces(text);
      positions.push({ line: number, column: this.#at + 1 });
      list.push(this.#valueInBrackets(line));
    }
    this.#items.set(list, positions);
    return this.#left(list);
  }

  #mappingInBrackets(line: Line): unknown {
    const { text } = line;
    this.#enter();
    const mapping: Record<string, unknown> = {};
    for (let more = this.#opens(text, '}'); more; more = this.#goesOn(text, '}')) {
      this.#skipSpaces(text);
      const key = this.#key(text, mapping);
      mapping[key] = this.#valueInBrackets(line);
    }
    return this.#left(mapping);
  }

  #valueInBrackets(line: Line): unknown {
    END_IN_BRACKETS.lastIndex = this.#at;
    return this.#value(line, END_IN_BRACKETS.exec(line.text)?.index ?? 0);
  }

  /** Whether anything stands between the brackets. */
  #opens(text: string, end: string): boolean {
    this.#at += 1;
    this.#skipSpaces(text);
    if (text[this.#at] !== end) return true;
    this.#at += 1;
    return false;
  }

  #goesOn(text: string, end: string): boolean {
    this.#skipSpaces(text);
    const mark = text[this.#at];
    if (mark !== ',' && mark !== end) throw UNUSUAL;
    this.#at += 1;
    return mark === ',';
  }

  #key(text: string, mapping: object): string {
    const key = this.#match(KEY, text);
    if (key === '__proto__' || WORDS.has(key) || Object.hasOwn(mapping, key)) throw UNUSUAL;
    return key;
  }

  #plain(text: string, end: number): unknown {
    const written = withoutSpacesBehind(text.slice(this.#at, end));
    if (!BEGINS_PLAIN.test(written) || ENDS_PLAIN.test(written)) throw UNUSUAL;
    this.#at = end;
    return meaningOf(written);
  }

  /** The group of an expression that has to match here. */
  #match(expression: RegExp, text: string): string {
    expression.lastIndex = this.#at;
    const found = expression.exec(text)?.[1];
    if (found === undefined) throw UNUSUAL;
    this.#at = expression.lastIndex;
    return found;
  }

  #skipSpaces(text: string): void {
    while (text[this.#at] === ' ') this.#at += 1;
  }

  /** Whether nothing follows but a comment. */
  #isAtEnd(text: string): boolean {
    const before = this.#at;
    this.#skipSpaces(text);
    return this.#at === text.length || (text[this.#at] === '#' && this.#at > before);
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw UNUSUAL;
  }

  #left<Value>(value: Value): Value {
    this.#depth -= 1;
    return value;
  }
}

/** The lines that say something. */
function linesOf(source: string): Line[] {
  if (UNUSUAL_CHARACTERS.test(source)) throw UNUSUAL;
  const lines: Line[] = [];
  let mayBegin = true;
  for (const [index, written] of source.split('\n').entries()) {
    const text = written.endsWith('\r') ? written.slice(0, -1) : written;
    if (BLANK.test(text)) continue;
    if (!DOCUMENT_OR_DIRECTIVE.test(text)) lines.push({ number: index + 1, indent: text.search(/[^ ]/), text });
    else if (!mayBegin || text !== '---') throw UNUSUAL;
    mayBegin = false;
  }
  return lines;
}

function isItem(line: Line | undefined, indent: number): line is Line {
  if (line?.indent !== indent || line.text[indent] !== '-') return false;
  return line.text[indent + 1] === ' ' || line.text.length === indent + 1;
}

/** YAML's core schema. */
function meaningOf(written: string): unknown {
  const word = WORDS.get(written);
  if (word !== undefined) return word;
  if (!MAY_BE_NUMBER.test(written)) return written;
  if (USUAL_NUMBER.test(written)) return Number(written);
  if (NUMBER.test(written)) throw UNUSUAL;
  return written;
}

/** Not by an expression, whose work would grow with the square of many spaces; nor by `trimEnd`, to which more is a space. */
function withoutSpacesBehind(text: string): string {
  let end = text.length;
  while (text[end - 1] === ' ') end -= 1;
  return text.slice(0, end);
}
