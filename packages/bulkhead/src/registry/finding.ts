import type { Mistake } from '../errors/catalogue/registry.ts';
import { MOST_MISTAKES } from '../errors/catalogue/words.ts';

/** Where a field is in a document: keys of mappings and indexes of lists, from the top. */
export type FieldPath = readonly (string | number)[];

/** Something wrong with a field, before it is known where in the file that is. */
export interface Finding {
  readonly path: FieldPath;
  /** Which of the two to point at. */
  readonly at: 'key' | 'value';
  readonly message: string;
}

/** What is kept of a parsed file, so that messages can point into it. */
export interface DocumentText {
  readonly file: string;
  /** 1-based; of the nearest enclosing field when the field itself is not there. */
  position(path: FieldPath, at: 'key' | 'value'): { readonly line: number; readonly column: number };
  /** A number or word as it was written: `3.10`, where its value is 3.1. */
  source(path: FieldPath): string | undefined;
}

/** The first of them, with their places, each of which is looked for in the file. */
export function locateAll(document: DocumentText, findings: readonly Finding[]): Mistake[] {
  return findings
    .slice(0, MOST_MISTAKES)
    .map(({ path, at, message }) => ({ file: document.file, ...document.position(path, at), message }));
}

/** As a person reads the file: from top to bottom. */
export function inFileOrder(mistakes: readonly Mistake[]): Mistake[] {
  return mistakes.slice(0, MOST_MISTAKES).toSorted((one, other) => one.line - other.line || one.column - other.column);
}

/** `plugins[1].timeouts.start` is called `timeouts.start`: line and column tell which plugin is meant. */
export function nameOf(path: FieldPath): string {
  const shown = path[0] === 'plugins' && path.length > 2 ? path.slice(2) : path;
  return shown
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${shorten(part)}`))
    .join('');
}

/** Long values would drown the message. */
export function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
