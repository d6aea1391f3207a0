import { MOST_MISTAKES } from '../errors/catalogue/words.ts';
import type { FieldPath, Finding } from './finding.ts';

/** Aliases let a small file expand to a huge value. By hand, people write far less than this. */
const MOST_VALUES = 200_000;
const DEEPEST = 100;

/**
 * Copies a parsed value as plain data: mappings, lists, text, numbers, booleans, null, and bigints where an integer is too
 * large for a number. Dates become text (as in YAML 1.2). Anything else is a
 * finding. The value is undefined if the file holds too much.
 */
export function plainCopy(value: unknown): { readonly value: unknown; readonly findings: readonly Finding[] } {
  const copying = new PlainCopy();
  const copy = copying.copy(value, []);
  return { value: copying.complete ? copy : undefined, findings: copying.findings };
}

class PlainCopy {
  readonly findings: Finding[] = [];
  #left = MOST_VALUES;

  get complete(): boolean {
    return this.#left >= 0;
  }

  copy(value: unknown, path: FieldPath): unknown {
    this.#left -= 1;
    if (this.#left < 0)
      return this.#stop(path, `makes the file hold more than ${MOST_VALUES} values, aliases expanded`);
    if (path.length > DEEPEST) return this.#stop(path, 'is nested too deeply');
    if (typeof value === 'bigint') return this.#integer(value, path);
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Date) return dateText(value);
    if (Array.isArray(value)) return this.#list(value, path);
    if (isMapping(value)) return this.#mapping(value, path);
    return this.#refuse(path, 'is neither a mapping, a list, text, a number nor true or false');
  }

  #integer(value: bigint, path: FieldPath): number | bigint | undefined {
    if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) return Number(value);
    if (value >= -(2n ** 63n) && value < 2n ** 64n) return value;
    return this.#refuse(path, 'is an integer of more than 64 bits');
  }

  #list(value: readonly unknown[], path: FieldPath): unknown[] {
    const copies: unknown[] = [];
    for (const [index, item] of value.entries()) {
      if (this.#left < 0) break;
      copies.push(this.copy(item, [...path, index]));
    }
    return copies;
  }

  #mapping(value: Readonly<Record<string, unknown>>, path: FieldPath): Record<string, unknown> {
    const copies: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      if (this.#left < 0) break;
      if (key === '__proto__') this.#refuse([...path, key], 'is not a possible name');
      else copies[key] = this.copy(value[key], [...path, key]);
    }
    return copies;
  }

  /** Reported once: the loops over lists and mappings see that nothing is left, and end. */
  #stop(path: FieldPath, reason: string): undefined {
    this.#left = -1;
    return this.#refuse(path, reason);
  }

  #refuse(path: FieldPath, reason: string): undefined {
    const name = path.at(-1);
    if (this.findings.length >= MOST_MISTAKES) return undefined;
    this.findings.push({
      path,
      at: 'key',
      message: typeof name === 'string' ? `\`${name.slice(0, 60)}\` ${reason}` : `this ${reason}`,
    });
  }
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** TOML's dates without an offset override `toISOString` to say what was written. */
function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) return 'Invalid Date';
  return date.toISOString().replace(/T00:00:00(?:\.000)?Z$/, '');
}
