import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { DURATION_FORM, DURATION_PATTERN, parseDuration } from '../../lifecycle/duration.ts';
import { parseSize, SIZE_FORM, SIZE_PATTERN } from '../../lifecycle/size.ts';
import type { Check } from '../checks/check.ts';
import { number, text } from '../checks/scalars.ts';
import { eitherOf } from '../checks/structures.ts';
import type { Amount } from './field.ts';

/** Forms that several fields have. */

/** `least`: in milliseconds. */
export function duration(least: number): Check<Amount> {
  const expected = least > 0 ? `${DURATION_FORM}, over 0 and under 25 days` : `${DURATION_FORM}, under 25 days`;
  return amount(expected, DURATION_PATTERN, (value) => (parseDuration(value) ?? -1) >= least);
}

/** `bounds`: as words, behind the form of a size. */
export function size(bounds: string, least: number, most: number = Number.MAX_SAFE_INTEGER): Check<Amount> {
  return amount(`${SIZE_FORM}${bounds}`, SIZE_PATTERN, (value) => {
    const bytes = parseSize(value);
    return bytes !== undefined && bytes >= least && bytes <= most;
  });
}

function amount(expected: string, pattern: RegExp, accepts: (value: Amount) => boolean): Check<Amount> {
  const inUnits = number(expected, (value) => value >= 0 && accepts(value), { type: 'number', minimum: 0 });
  return eitherOf([inUnits, text(expected, pattern, { accepts })], expected);
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
export const name: Check<string> = text(A_NAME, /^[a-z][a-z0-9_-]{0,63}$/);
