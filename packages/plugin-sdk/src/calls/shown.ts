import { inspect, toUSVString } from 'node:util';

/** Characters. */
export const LONGEST_MESSAGE: number = 64 * 1024;

/** What people read of any value; never throws. */
export function shown(value: unknown, longest: number = LONGEST_MESSAGE): string {
  return cut(typeof value === 'string' ? value : inspected(value), longest);
}

export function cut(text: string, longest: number): string {
  return toUSVString(text.length <= longest ? text : `${text.slice(0, longest)}…`);
}

function inspected(value: unknown): string {
  try {
    return inspect(value, { depth: 4, breakLength: Infinity });
  } catch {
    return 'a value that can not be shown';
  }
}
