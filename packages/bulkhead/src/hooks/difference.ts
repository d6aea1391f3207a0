import { types } from 'node:util';
import { PreciseDate } from '@bulkhead/protocol';
import { type DataStep, formatDataPath } from '../lifecycle/data-path.ts';
import { isPlainObject } from '../lifecycle/copy-value.ts';

/** Beyond this number changes are only counted. */
const MOST_LINES = 30;
const LONGEST_VALUE = 60;

/** What changed from one value to the other, a line for each place: `$.text: "a" → "b"`. Empty when nothing did. */
export function describeChanges(before: unknown, after: unknown): readonly string[] {
  const lines: string[] = [];
  compare(before, after, [], lines);
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} more`];
}

function compare(before: unknown, after: unknown, path: readonly DataStep[], lines: string[]): void {
  if (Object.is(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after)) return compareLists(before, after, path, lines);
  if (isObject(before) && isObject(after)) return compareObjects(before, after, path, lines);
  const what = types.isTypedArray(before) && types.isTypedArray(after) ? compareArrays(before, after) : undefined;
  if (what === 'equal' || isSameDate(before, after)) return;
  lines.push(`${formatDataPath(path)}: ${what ?? `${preview(before)} → ${preview(after)}`}`);
}

function compareLists(
  before: readonly unknown[],
  after: readonly unknown[],
  path: readonly DataStep[],
  lines: string[],
): void {
  for (let index = 0; index < Math.max(before.length, after.length); index += 1) {
    const here = [...path, index];
    if (index >= after.length) lines.push(`${formatDataPath(here)}: removed ${preview(before[index])}`);
    else if (index >= before.length) lines.push(`${formatDataPath(here)}: added ${preview(after[index])}`);
    else compare(before[index], after[index], here, lines);
  }
}

function compareObjects(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  path: readonly DataStep[],
  lines: string[],
): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const here = [...path, key];
    if (!Object.hasOwn(after, key)) lines.push(`${formatDataPath(here)}: removed ${preview(before[key])}`);
    else if (!Object.hasOwn(before, key)) lines.push(`${formatDataPath(here)}: added ${preview(after[key])}`);
    else compare(before[key], after[key], here, lines);
  }
}

/** @returns undefined when they are not of one kind and length */
function compareArrays(before: NodeJS.TypedArray, after: NodeJS.TypedArray): string | undefined {
  if (before.constructor !== after.constructor || before.length !== after.length) return undefined;
  let differing = 0;
  for (let index = 0; index < before.length; index += 1) if (!Object.is(before[index], after[index])) differing += 1;
  return differing === 0
    ? 'equal'
    : `${differing} of ${before.length} elements of the ${before.constructor.name} differ`;
}

function isSameDate(before: unknown, after: unknown): boolean {
  if (!types.isDate(before) || !types.isDate(after) || before.getTime() !== after.getTime()) return false;
  return nanosecondsOf(before) === nanosecondsOf(after);
}

function nanosecondsOf(date: Date): number {
  return date instanceof PreciseDate ? date.nanoseconds : 0;
}

/** Whether its fields are compared one by one: a plain object, or an NdArray. */
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return isPlainObject(value) || 'dtype' in value;
}

function preview(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  const text = JSON.stringify(value, (_key, part: unknown) => compact(part));
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}…`;
}

/** Shortens what JSON can't write, or would write at length. */
function compact(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (types.isTypedArray(value)) return `${value.constructor.name}(${value.length})`;
  if (types.isArrayBuffer(value)) return `ArrayBuffer(${value.byteLength})`;
  return value;
}
