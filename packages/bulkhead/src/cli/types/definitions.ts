import { isRecord } from '../../lifecycle/is-record.ts';
import { documented } from './comment.ts';
import { type Direction, inLines, membersOf, type Schema, type TypeContext, typeOf } from './schema-type.ts';

/** The named types of one file: the definitions of its plugins' schemas that are objects. All others stand where they are used. */
export class Definitions {
  /** By all that decides their text. */
  readonly #names = new Map<string, string>();
  /** By name. */
  readonly #texts = new Map<string, string>();
  /** Definitions that are being written where they are used: one that refers to itself has no end. */
  readonly #open = new Set<unknown>();

  /** In the order of their first use. */
  get texts(): readonly string[] {
    return [...this.#texts.values()];
  }

  /** @param prefix of the names, such as `Bakery` */
  typeOf(prefix: string, definition: string, context: TypeContext): string {
    const schema = definitionsOf(context.root)[definition];
    if (!isRecord(schema)) return 'unknown';
    if (!isRecord(schema['properties'])) return this.#inPlace(schema, context);
    const key = JSON.stringify([prefix, closureOf(definition, context)]);
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = this.#freeName(`${prefix}${pascalCase(definition)}`, context.direction);
    this.#names.set(key, name);
    this.#texts.set(name, ''); // before others that it refers to
    const { description } = schema;
    this.#texts.set(
      name,
      documented({ description }, `export interface ${name} ${inLines(membersOf(schema, context))}`),
    );
    return name;
  }

  #inPlace(schema: Schema, context: TypeContext): string {
    if (this.#open.has(schema)) return 'unknown';
    this.#open.add(schema);
    const type = typeOf(schema, context);
    this.#open.delete(schema);
    return type;
  }

  #freeName(name: string, direction: Direction): string {
    const candidates = direction === 'output' ? [name, `${name}Result`] : [name];
    for (const candidate of candidates) if (!this.#texts.has(candidate)) return candidate;
    for (let number = 2; ; number += 1) if (!this.#texts.has(`${name}${number}`)) return `${name}${number}`;
  }
}

/** `text-tools` becomes `TextTools`. */
export function pascalCase(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return /^[A-Za-z]/.test(joined) ? joined : `T${joined}`;
}

function definitionsOf(root: Schema): Schema {
  return isRecord(root['$defs']) ? root['$defs'] : {};
}

/** A definition and all to which it leads, as text; with the direction only where that makes a difference. */
function closureOf(definition: string, { root, direction }: TypeContext): string {
  const all = definitionsOf(root);
  const found = new Map<string, string>();
  const add = (name: string): void => {
    if (found.has(name)) return;
    const text = JSON.stringify(all[name]) ?? '';
    found.set(name, text);
    for (const [, next = ''] of text.matchAll(/"#\/\$defs\/([^"]+)"/g)) add(next);
  };
  add(definition);
  const text = [...found].join('\n');
  const differs = /"format"|"integer"|"array"|\{"type":"object"\}/.test(text);
  return differs ? `${direction} ${text}` : text;
}
