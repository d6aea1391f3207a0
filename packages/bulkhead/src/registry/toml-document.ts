import { parse, TomlError } from 'smol-toml';
import type { Mistake } from '../errors/catalogue/registry.ts';
import type { DocumentText, FieldPath } from './finding.ts';
import { positionAt } from './source-text.ts';

/** Each try parses what stands before: a position is not worth more tries, nor all positions together more characters. */
const MOST_TRIES = 50;
const MOST_CHARACTERS = 4_000_000;

export interface ParsedToml {
  readonly value: unknown;
  readonly text: DocumentText;
  readonly mistakes: readonly Mistake[];
}

export function parseToml(source: string, file: string): ParsedToml {
  const text = new TomlText(source, file);
  try {
    return { value: parse(source, { integersAsBigInt: 'asNeeded' }), text, mistakes: [] };
  } catch (error) {
    const { line, column } = error instanceof TomlError ? error : { line: 1, column: 1 };
    const [reason = ''] = String(error instanceof Error ? error.message : error).split('\n');
    return {
      value: undefined,
      text,
      mistakes: [{ file, line, column, message: `TOML: ${reason.replace(/^Invalid TOML document: /, '')}` }],
    };
  }
}

/** The parser gives no positions of values, so keys are searched for in the text. */
class TomlText implements DocumentText {
  readonly file: string;
  readonly #source: string;
  #charactersLeft = MOST_CHARACTERS;

  constructor(source: string, file: string) {
    this.#source = source;
    this.file = file;
  }

  /** Of the key, which is enough to find the value; or of the nearest table or key around it if that is not certain. */
  position(path: FieldPath): { line: number; column: number } {
    for (let length = path.length; length > 0; length -= 1) {
      const offset = this.#offsetOfKey(path.slice(0, length).map(String));
      if (offset !== undefined) return positionAt(this.#source, offset);
    }
    return { line: 1, column: 1 };
  }

  source(): undefined {
    return undefined;
  }

  /**
   * Finds the line that sets `path`: it names the last key (or is the header of that table), the text before it is a whole
   * document that does not set `path`, and with the line the document does. So neither text nor comments are taken for keys.
   */
  #offsetOfKey(path: readonly string[]): number | undefined {
    const name = path.at(-1) ?? '';
    let offset = 0;
    let tried = 0;
    for (const line of this.#source.split('\n')) {
      const column = line.indexOf(name);
      if (column >= 0) {
        this.#charactersLeft -= offset + line.length;
        if (this.#charactersLeft < 0) return undefined;
        if (opens(this.#source.slice(0, offset), line, path)) return offset + column;
        if ((tried += 1) === MOST_TRIES) return undefined;
      }
      offset += line.length + 1;
    }
    return undefined;
  }
}

function opens(before: string, line: string, path: readonly string[]): boolean {
  const known = parsed(before);
  if (known === undefined || has(known, path)) return false;
  // A value may go on over several lines; a stand-in closes the statement at its key.
  const equals = line.indexOf('=');
  const statement = line.trimStart().startsWith('[') || equals < 0 ? line : `${line.slice(0, equals)}= 0`;
  return has(parsed(`${before}${statement}\n`), path);
}

function has(document: unknown, path: readonly string[]): boolean {
  let value = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return true;
}

function parsed(source: string): unknown {
  try {
    return parse(source, { integersAsBigInt: 'asNeeded' });
  } catch {
    return undefined;
  }
}
