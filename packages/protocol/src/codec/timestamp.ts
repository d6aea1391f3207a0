import { Refusal } from './codec-error.ts';
import { PreciseDate } from './precise-date.ts';

/** 0001-01-01 and the end of 9999: what Python's datetime can hold, so that no instant is fine on one side only. */
const EARLIEST_SECOND = -62_135_596_800;
const LATEST_SECOND = 253_402_300_799;

const NANOSECONDS_A_SECOND = 1_000_000_000;
const NANOSECONDS_A_MILLISECOND = 1_000_000;

/** Reads the payload of ext −1 in its 32, 64 or 96 bit form. What a Date has no room for makes it a PreciseDate. */
export function readTimestamp(view: DataView, start: number, length: number): Date {
  let seconds: number;
  let nanoseconds = 0;
  if (length === 4) {
    seconds = view.getUint32(start);
  } else if (length === 8) {
    const high = view.getUint32(start);
    nanoseconds = high >>> 2;
    seconds = (high & 3) * 2 ** 32 + view.getUint32(start + 4);
  } else if (length === 12) {
    nanoseconds = view.getUint32(start);
    seconds = Number(view.getBigInt64(start + 4));
  } else {
    throw new Refusal('invalid_timestamp', `a timestamp has 4, 8 or 12 bytes, not ${length}`);
  }
  if (nanoseconds >= NANOSECONDS_A_SECOND) throw new Refusal('invalid_timestamp', 'a second has fewer nanoseconds');
  if (seconds < EARLIEST_SECOND || seconds > LATEST_SECOND)
    throw new Refusal('invalid_timestamp', 'the year is not in 1 to 9999');
  const beyond = nanoseconds % NANOSECONDS_A_MILLISECOND;
  const milliseconds = seconds * 1000 + (nanoseconds - beyond) / NANOSECONDS_A_MILLISECOND;
  return beyond === 0 ? new Date(milliseconds) : new PreciseDate(milliseconds, beyond);
}

/** Splits a date as the wire wants it. */
export function secondsAndNanoseconds(date: Date): { seconds: number; nanoseconds: number } {
  const milliseconds = Date.prototype.getTime.call(date);
  if (Number.isNaN(milliseconds)) throw new Refusal('invalid_timestamp', 'an invalid Date; send null');
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < EARLIEST_SECOND || seconds > LATEST_SECOND) {
    throw new Refusal(
      'invalid_timestamp',
      "a Date outside the years 1 to 9999, which Python can't hold; send a number",
    );
  }
  const beyond = date instanceof PreciseDate ? date.nanoseconds : 0;
  return { seconds, nanoseconds: (milliseconds - seconds * 1000) * NANOSECONDS_A_MILLISECOND + beyond };
}
