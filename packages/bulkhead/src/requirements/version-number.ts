/** A number in a version: a bigint only where a number would not be exact, such as the date 20231231235959123. */
export type VersionNumber = number | bigint;

/** A JavaScript number holds any 15 digits exactly. */
const EXACT_DIGITS = 15;

/** @param digits nothing but digits, or empty, which counts as 0 */
export function versionNumber(digits: string): VersionNumber {
  if (digits.length <= EXACT_DIGITS) return Number(digits);
  const exact = BigInt(digits);
  return exact <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(exact) : exact;
}

export function nextNumber(number: VersionNumber): VersionNumber {
  return typeof number === 'number' && number < Number.MAX_SAFE_INTEGER ? number + 1 : BigInt(number) + 1n;
}

export function compareNumbers(left: VersionNumber, right: VersionNumber): number {
  if (left < right) return -1;
  return left > right ? 1 : 0;
}
