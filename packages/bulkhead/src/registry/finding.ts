import type { Mistake } from '../errors/catalogue/registry.ts';
import { MOST_MISTAKES } from '../errors/catalogue/words.ts';

/** Where a field is in a document: keys of mappings and indexes of lists, from the top. */
export type FieldPath = readonly (string | number)[];

/** A mistake in a field, before its place in the file is looked up. */
export interface Finding {
  readonly path: FieldPath;
  /** Whether to point at the key or at the value. */
  readonly at: 'key' | 'value';
  readonly message: string;
}

/** What messages need of a parsed file to point into it. */
export interface DocumentText {
  readonly file: string;
  /** 1-based; of the nearest enclosing field if the field itself is missing. */
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

/** A value can break a field's pattern and its range, or stand in the defaults of several plugins: one mistake to a person. */
export function eachOnce(findings: readonly Finding[]): Finding[] {
  const byKey = new Map(findings.map((finding) => [JSON.stringify([finding.path, finding.message]), finding]));
  return [...byKey.values()];
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
