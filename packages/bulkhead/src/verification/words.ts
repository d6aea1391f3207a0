import { inspect } from 'node:util';
import { visibleLine } from '../lifecycle/visible-text.ts';

const LONGEST_VALUE = 120;

export function milliseconds(duration: number): string {
  if (duration < 10) return `${duration.toPrecision(2)} ms`;
  return duration < 10_000 ? `${Math.round(duration)} ms` : `${(duration / 1000).toFixed(1)} s`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : several}`;
}

/** Few of them by name. */
export function listed(names: readonly string[]): string {
  const shown = names
    .slice(0, 5)
    .map((name) => visibleLine(name))
    .join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

/** A value on one line, cut. */
export function shownValue(value: unknown): string {
  const text = visibleLine(
    inspect(value, { depth: 3, breakLength: Infinity, maxArrayLength: 6, maxStringLength: LONGEST_VALUE }),
  );
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
