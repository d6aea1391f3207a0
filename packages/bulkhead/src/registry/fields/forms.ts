import { z } from 'zod';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { DURATION_FORM, DURATION_PATTERN, parseDuration } from '../../lifecycle/duration.ts';
import { parseSize, SIZE_FORM, SIZE_PATTERN } from '../../lifecycle/size.ts';
import type { Amount } from './field.ts';

/**
 * Forms that several fields have. The `expected` of each follows the word "expected" in a message (explain-issues.ts). Nothing
 * is converted: one definition also gives the JSON Schema.
 */

/** A text of any field is at most this long unless the field says otherwise: no name, path or address needs more. */
const LONGEST_TEXT = 4096;

/** The length is checked first, so that no pattern meets a text that it would take long for. */
export function text(expected: string, pattern: RegExp, longest: number = LONGEST_TEXT): z.ZodString {
  return z
    .string({ error: expected })
    .max(longest, { error: `${expected}, at most ${longest} characters long`, abort: true })
    .regex(pattern, { error: expected });
}

export function oneOf<const Choice extends string>(choices: readonly Choice[], expected: string): z.ZodType<Choice> {
  return z.enum(choices, { error: expected }) as unknown as z.ZodType<Choice>;
}

export function count(expected: string, least: number, most: number = Number.MAX_SAFE_INTEGER): z.ZodNumber {
  return z.int({ error: expected }).min(least, { error: expected }).max(most, { error: expected });
}

/** `least`: in milliseconds. */
export function duration(least: number): z.ZodType<Amount> {
  const expected = least > 0 ? `${DURATION_FORM}, over 0 and under 25 days` : `${DURATION_FORM}, under 25 days`;
  return amount(expected, DURATION_PATTERN, (value) => (parseDuration(value) ?? -1) >= least);
}

/** `bounds`: as words, behind the form of a size. */
export function size(bounds: string, least: number, most: number = Number.MAX_SAFE_INTEGER): z.ZodType<Amount> {
  return amount(`${SIZE_FORM}${bounds}`, SIZE_PATTERN, (value) => {
    const bytes = parseSize(value);
    return bytes !== undefined && bytes >= least && bytes <= most;
  });
}

function amount(expected: string, pattern: RegExp, accepts: (value: Amount) => boolean): z.ZodType<Amount> {
  const number = z.number({ error: expected }).nonnegative({ error: expected });
  return z.union([number, text(expected, pattern)], { error: expected }).refine(accepts, { error: expected });
}

export function milliseconds(written: Amount): number {
  return parseDuration(written) ?? unchecked(written);
}

export function bytes(written: Amount): number {
  return parseSize(written) ?? unchecked(written);
}

function unchecked(written: Amount): never {
  throw new BulkheadError('INTERNAL', { reason: `"${written}" got past the registry's schema` });
}

const A_NAME = 'a name of lower-case letters, digits, "_" and "-" that begins with a letter, at most 64 long';

/** Names that stand in paths, addresses and messages: of plugins and of shared environments. */
export const name: z.ZodType<string> = text(A_NAME, /^[a-z][a-z0-9_-]{0,63}$/);
