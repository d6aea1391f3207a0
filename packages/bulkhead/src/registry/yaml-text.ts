import { isAlias, isMap, isScalar, isSeq, type Document, type LineCounter, type Pair, type YAMLMap } from 'yaml';
import type { DocumentText, FieldPath } from './finding.ts';

interface Place {
  readonly key: unknown;
  readonly value: unknown;
}

/** Finds fields in a parsed YAML document, through aliases and merge keys. */
export class YamlText implements DocumentText {
  readonly file: string;
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(file: string, document: Document, lines: LineCounter) {
    this.file = file;
    this.#document = document;
    this.#lines = lines;
  }

  position(path: FieldPath, at: 'key' | 'value'): { line: number; column: number } {
    const { place } = this.#find(path);
    const offsets =
      at === 'key' ? [offsetOf(place.key), offsetOf(place.value)] : [offsetOf(place.value), offsetOf(place.key)];
    return this.at(offsets.find((offset) => offset !== undefined) ?? 0);
  }

  source(path: FieldPath): string | undefined {
    const { place, found } = this.#find(path);
    const node = this.#resolve(place.value);
    return found && isScalar(node) ? node.source : undefined;
  }

  at(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset);
    return line === 0 ? { line: 1, column: 1 } : { line, column: col };
  }

  /** The field at `path`, or the innermost that is there. */
  #find(path: FieldPath): { place: Place; found: boolean } {
    let place: Place = { key: undefined, value: this.#document.contents };
    for (const part of path) {
      const next = this.#child(place.value, part);
      if (next === undefined) return { place, found: false };
      place = next;
    }
    return { place, found: true };
  }

  #child(holder: unknown, part: string | number): Place | undefined {
    const node = this.#resolve(holder);
    if (isSeq(node) && typeof part === 'number')
      return part < node.items.length ? { key: undefined, value: node.items[part] } : undefined;
    return isMap(node) ? (pairOf(node, String(part)) ?? this.#merged(node, part)) : undefined;
  }

  #merged(map: YAMLMap, part: string | number): Place | undefined {
    const source = this.#resolve(pairOf(map, '<<')?.value);
    const sources = isSeq(source) ? source.items : [source];
    for (const from of sources) {
      const found = from === map ? undefined : this.#child(from, part);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #resolve(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }
}

/** The last of several, as when the document is turned into a value. */
function pairOf(map: YAMLMap, name: string): Pair | undefined {
  return map.items.findLast(({ key }) => keyName(key) === name);
}

/** What a key is called in the value made of the document; undefined for keys that are collections or aliases. */
export function keyName(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  // The library turns `<<` into a symbol of that description.
  if (typeof key.value === 'symbol') return key.value.description;
  return key.value === null ? '' : String(key.value);
}

function offsetOf(node: unknown): number | undefined {
  const range: unknown = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
  const start: unknown = Array.isArray(range) ? range[0] : undefined;
  return typeof start === 'number' ? start : undefined;
}
