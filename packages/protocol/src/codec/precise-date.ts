const NANOSECONDS_A_MILLISECOND = 1_000_000;

/**
 * An instant finer than a millisecond, as Python's datetime and pandas have them. To everything else it is a Date, of its
 * milliseconds; the setters of Date leave `nanoseconds` as they are.
 */
export class PreciseDate extends Date {
  /** Those beyond its milliseconds, 0 to 999,999. */
  readonly nanoseconds: number;

  /** @throws RangeError if `nanoseconds` isn't a whole number of that range. */
  constructor(milliseconds: number, nanoseconds: number) {
    super(milliseconds);
    if (!Number.isInteger(nanoseconds) || nanoseconds < 0 || nanoseconds >= NANOSECONDS_A_MILLISECOND)
      throw new RangeError(`${nanoseconds} is not a number of nanoseconds within a millisecond`);
    this.nanoseconds = nanoseconds;
  }

  /** Such as `2026-01-31T09:30:00.123456Z`: with six digits of the second, or nine where there are so many. JSON has it like that. */
  override toISOString(): string {
    const digits = String(this.nanoseconds).padStart(6, '0');
    return super.toISOString().replace('Z', `${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`);
  }
}
