import type { Check, JsonSchema } from './check.ts';

/** Checks of values that hold no others. `expected` follows the word "expected" in messages. */

/** A text of any field is at most this long unless the field says otherwise: no name, path or address needs more. */
const LONGEST_TEXT = 4096;

export interface TextOptions {
  readonly longest?: number;
  /** What the pattern can't say. */
  readonly accepts?: (value: string) => boolean;
}

/** The length is checked first, so that no pattern meets a text that it would take long for. */
export function text(
  expected: string,
  pattern: RegExp,
  { longest = LONGEST_TEXT, accepts = () => true }: TextOptions = {},
): Check<string> {
  return {
    isKind: (value) => typeof value === 'string',
    problems: (value, path) => {
      if (typeof value !== 'string') return [{ kind: 'value', path, expected, wantsText: true }];
      if (value.length > longest)
        return [{ kind: 'value', path, expected: `${expected}, at most ${longest} characters long` }];
      return pattern.test(value) && accepts(value) ? [] : [{ kind: 'value', path, expected }];
    },
    jsonSchema: () => ({ type: 'string', maxLength: longest, pattern: pattern.source }),
  };
}

export function oneOf<const Choice extends string>(choices: readonly Choice[], expected: string): Check<Choice> {
  return {
    isKind: (value) => typeof value === 'string',
    problems: (value, path) =>
      (choices as readonly unknown[]).includes(value) ? [] : [{ kind: 'value', path, expected, choices }],
    jsonSchema: () => ({ type: 'string', enum: choices }),
  };
}

/** This value alone, which other kinds of value stand beside. */
export function exactly<const Value extends string | boolean>(only: Value, expected: string): Check<Value> {
  return whatever((value): value is Value => value === only, expected, { type: typeof only, const: only });
}

export function trueOrFalse(expected = 'true or false'): Check<boolean> {
  return whatever((value): value is boolean => typeof value === 'boolean', expected, { type: 'boolean' });
}

/** A whole number. */
export function count(expected: string, least: number, most: number = Number.MAX_SAFE_INTEGER): Check<number> {
  const fits = (value: number): boolean => Number.isSafeInteger(value) && value >= least && value <= most;
  return number(expected, fits, { type: 'integer', minimum: least, maximum: most });
}

/** Any number, parts of one included. */
export function number(expected: string, fits: (value: number) => boolean, schema: JsonSchema): Check<number> {
  return {
    isKind: (value) => typeof value === 'number',
    problems: (value, path) =>
      typeof value === 'number' && Number.isFinite(value) && fits(value) ? [] : [{ kind: 'value', path, expected }],
    jsonSchema: () => schema,
  };
}

/** Any text, of any length. */
export const anyText: Check<string> = whatever((value) => typeof value === 'string', 'text', { type: 'string' });

/** Any value. */
export const anything: Check<unknown> = { isKind: () => true, problems: () => [], jsonSchema: () => ({}) };

function whatever<Value>(is: (value: unknown) => value is Value, expected: string, schema: JsonSchema): Check<Value> {
  return {
    isKind: is,
    problems: (value, path) => (is(value) ? [] : [{ kind: 'value', path, expected }]),
    jsonSchema: () => schema,
  };
}
