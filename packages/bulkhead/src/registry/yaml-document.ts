import { Composer, type CST, type Document, Lexer, LineCounter, Parser, type YAMLError, YAMLParseError } from 'yaml';
import type { Mistake } from '../errors/catalogue/registry.ts';
import { MOST_MISTAKES } from '../errors/catalogue/words.ts';
import { type DocumentText, type FieldPath, inFileOrder, locateAll } from './finding.ts';
import { plainCopy } from './plain-value.ts';
import { type ItemPosition, type PlainYaml, readPlainYaml } from './plain-yaml.ts';
import { checkTree } from './yaml-tree.ts';
import { YamlText } from './yaml-text.ts';

/** A YAML file as a value, with what is needed to point into it. */
export interface ParsedYaml {
  readonly value: unknown;
  readonly text: DocumentText;
  readonly document: Document;
  readonly mistakes: readonly Mistake[];
}

/** What follows the first few syntax errors is mostly their echo. */
const MOST_SYNTAX_MISTAKES = 20;
/** Levels on the parser's stack, about two for each level of nesting. */
const DEEPEST_STACK = 200;
/** An alias may be used this often; nested ones multiply, so that a bomb is found long before it goes off. */
const MOST_ALIASES = 1000;

/** Looks like a space and is none to YAML: what the parser then says leads nowhere. */
const NO_BREAK_SPACE = '\u00a0';

/** Parses one YAML document. Never throws: what is wrong is in `mistakes`, and `value` is undefined when nothing can be read. */
export function parseYaml(written: string, file: string): ParsedYaml {
  // A carriage return alone ends a line, too (YAML 1.2, 5.4); the library does not know.
  const source = written.replaceAll(/\r(?!\n)/g, '\n');
  const lines = linesOf(source);
  const { tokens, tooDeep } = tokensOf(source);
  const document = composed(tooDeep === undefined ? tokens : [], source.length);
  const text = new YamlText(file, document, lines);
  if (tooDeep !== undefined) {
    return {
      value: undefined,
      text,
      document,
      mistakes: [{ file, ...text.at(tooDeep), message: 'the file is nested too deeply' }],
    };
  }
  return read(document, text, source);
}

/** As `parseYaml`, for who rarely asks where something stands. */
export function readYaml(source: string, file: string): Pick<ParsedYaml, 'value' | 'text' | 'mistakes'> {
  const plain = readPlainYaml(source);
  if (plain === undefined) return parseYaml(source, file);
  return { value: plain.value, text: new PlainYamlText(source, file, plain), mistakes: [] };
}

/** Knows where the items of lists stand; for all else the document is parsed. */
class PlainYamlText implements DocumentText {
  readonly file: string;
  readonly #source: string;
  readonly #plain: PlainYaml;
  #parsed: DocumentText | undefined;

  constructor(source: string, file: string, plain: PlainYaml) {
    this.file = file;
    this.#source = source;
    this.#plain = plain;
  }

  position(path: FieldPath, at: 'key' | 'value'): { readonly line: number; readonly column: number } {
    return (at === 'value' ? this.#itemAt(path) : undefined) ?? this.#document.position(path, at);
  }

  source(path: FieldPath): string | undefined {
    return this.#document.source(path);
  }

  #itemAt(path: FieldPath): ItemPosition | undefined {
    let list: unknown = this.#plain.value;
    for (const part of path.slice(0, -1)) list = (list as Readonly<Record<string | number, unknown>> | null)?.[part];
    const index = path.at(-1);
    return typeof index === 'number' && Array.isArray(list) ? this.#plain.items.get(list)?.[index] : undefined;
  }

  get #document(): DocumentText {
    return (this.#parsed ??= parseYaml(this.#source, this.file).text);
  }
}

function read(document: Document, text: YamlText, source: string): ParsedYaml {
  const { file } = text;
  const mistakes: Mistake[] = [...document.errors, ...document.warnings]
    .slice(0, MOST_SYNTAX_MISTAKES)
    .map((error) => ({ file, ...text.at(error.pos[0]), message: syntaxMessage(error) }));
  if (document.errors.length > 0) {
    const space = source.indexOf(NO_BREAK_SPACE);
    const message = 'YAML: this is a no-break space (U+00A0), as web pages have them; write a plain one';
    const told = space === -1 ? mistakes : [{ file, ...text.at(space), message }];
    return { value: undefined, text, document, mistakes: inFileOrder(told) };
  }
  const tree = checkTree(document);
  mistakes.push(
    ...tree.mistakes.slice(0, MOST_MISTAKES).map(({ offset, message }) => ({ file, ...text.at(offset), message })),
  );
  if (tree.fatal) return { value: undefined, text, document, mistakes: inFileOrder(mistakes) };
  try {
    const { value, findings } = plainCopy(document.toJS({ maxAliasCount: MOST_ALIASES }));
    mistakes.push(...locateAll(text, findings));
    return { value, text, document, mistakes };
  } catch (error) {
    const reason =
      error instanceof ReferenceError
        ? 'aliases (*name) in this file expand to too much'
        : `can't be read: ${String(error)}`;
    mistakes.push({ file, ...text.at(tree.firstAlias ?? 0), message: reason });
    return { value: undefined, text, document, mistakes };
  }
}

/** The lexer's own count goes astray where a line ends unexpectedly. */
function linesOf(source: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (const { index } of source.matchAll(/\n/g)) lines.addNewLine(index + 1);
  return lines;
}

/**
 * Ends where nesting gets too deep for the library, whose composer is recursive: `- - - …` ends not in an exception but, when the
 * stack runs out inside the compiler of regular expressions, in the death of the whole process (measured: 50,000 levels).
 * The lexer and the parser before it are not recursive.
 */
function tokensOf(source: string): { tokens: readonly CST.Token[]; tooDeep?: number } {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(source)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > DEEPEST_STACK) return { tokens, tooDeep: Math.min(parser.offset, source.length) };
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens };
}

/** The first document, as `parseDocument` of the library makes it of a text: here the tokens are there already. */
function composed(tokens: readonly CST.Token[], length: number): Document {
  // Duplicate keys are looked for by checkTree: the library compares each key with each other, a minute for a full MiB.
  const composer = new Composer({ uniqueKeys: false, merge: true, intAsBigInt: true, logLevel: 'error' });
  const [document, second] = composer.compose(tokens, true, length);
  if (document === undefined) throw new Error('the composer makes a document of any text');
  if (second !== undefined)
    document.errors.push(new YAMLParseError(second.range.slice(0, 2) as [number, number], 'MULTIPLE_DOCS', ''));
  return document;
}

function syntaxMessage(error: YAMLError): string {
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return "YAML: tabs can't indent; use spaces";
    case 'MULTIPLE_DOCS':
      return 'YAML: a second document begins here; the file may hold only one';
    case 'BLOCK_AS_IMPLICIT_KEY':
      return `YAML: ${error.message}; a value that holds ": " needs quotes`;
    case 'TAG_RESOLVE_FAILED':
      return `YAML: ${error.message}; tags have no meaning here`;
    default:
      return `YAML: ${error.message}`;
  }
}
