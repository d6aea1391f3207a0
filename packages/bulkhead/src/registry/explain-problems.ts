import { MOST_MISTAKES } from '../errors/catalogue/words.ts';
import { nearestName } from '../lifecycle/nearest-name.ts';
import type { Check, Problem, UnknownKey, WrongValue } from './checks/check.ts';
import { type DocumentText, eachOnce, type FieldPath, type Finding, nameOf, shorten } from './finding.ts';

export type Checked<Value> =
  | { readonly value: Value; readonly findings: readonly [] }
  | { readonly value: undefined; readonly findings: readonly Finding[] };

/** What people probably mean, where the schema alone can't tell. Each answers a clause without a full stop, or undefined. */
export interface Advice {
  /** On a field that there is not. */
  onField(path: FieldPath, name: string): string | undefined;
  /** On a value that does not fit. Never shows it: it may be a secret. */
  onValue(path: FieldPath, found: unknown): string | undefined;
}

const NO_ADVICE: Advice = { onField: () => undefined, onValue: () => undefined };

/** Checks `value`, and says of each mistake what was expected, what was found, and what was probably meant. */
export function check<Value>(
  wanted: Check<Value>,
  value: unknown,
  document: DocumentText,
  advice: Advice = NO_ADVICE,
): Checked<Value> {
  const problems = wanted.problems(value, []);
  if (problems.length === 0) return { value: value as Value, findings: [] };
  const subject = { value, document, advice, listed: new Set<string>() };
  return {
    value: undefined,
    findings: eachOnce(problems.slice(0, MOST_MISTAKES).map((problem) => explain(problem, subject))),
  };
}

interface Subject {
  readonly value: unknown;
  readonly document: DocumentText;
  readonly advice: Advice;
  /** Fields that a message has listed: once is enough for a file. */
  readonly listed: Set<string>;
}

function explain(problem: Problem, subject: Subject): Finding {
  const { kind, path } = problem;
  if (kind === 'unknown') return unknownField(problem, subject);
  if (kind === 'value') return valueFinding(problem, subject);
  const message = `${nameOf(path)}: expected ${problem.expected}, found "${shorten(String(path.at(-1)))}"`;
  return { path, at: 'key', message };
}

function unknownField({ path, key, known }: UnknownKey, { advice: own, listed }: Subject): Finding {
  const nearest = nearestName(key, known);
  const advice =
    own.onField(path, key) ?? (nearest === undefined ? knownFields(known, listed) : `did you mean "${nearest}"?`);
  return { path: [...path, key], at: 'key', message: `unknown field "${shorten(key)}"; ${advice}` };
}

function knownFields(known: readonly string[], listed: Set<string>): string {
  const list = known.join(', ');
  if (listed.has(list)) return 'the fields here are listed above';
  listed.add(list);
  return `the fields here are ${list}`;
}

function valueFinding(problem: WrongValue, { value, document, advice }: Subject): Finding {
  const { path, expected } = problem;
  const found = valueAt(value, path);
  if (found === undefined && path.length > 0)
    return { path: path.slice(0, -1), at: 'value', message: `${nameOf(path)} is missing: expected ${expected}` };
  const written = document.source(path);
  const meant = advice.onValue(path, found);
  const subject = path.length === 0 ? '' : `${nameOf(path)}: `;
  return {
    path,
    at: 'value',
    message: `${subject}expected ${expected}, found ${describe(found, written, path)}${meant === undefined ? hint(problem, found, written) : `; ${meant}`}`,
  };
}

function hint({ path, choices, wantsText }: WrongValue, found: unknown, written: string | undefined): string {
  if (choices !== undefined && typeof found === 'string') {
    const nearest = nearestName(found, choices);
    return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  }
  if (wantsText !== true || !['number', 'boolean', 'bigint'].includes(typeof found)) return '';
  return mayBeSecret(path) || written === undefined
    ? '; put it in quotes'
    : `; put it in quotes: "${shorten(written)}"`;
}

function describe(found: unknown, written: string | undefined, path: FieldPath): string {
  if (found === null || found === undefined) return 'nothing';
  if (Array.isArray(found)) return 'a list';
  if (typeof found === 'object') return 'a mapping';
  if (mayBeSecret(path)) return typeof found === 'string' ? 'other text' : `a ${typeof found}`;
  return typeof found === 'string' ? JSON.stringify(shorten(found)) : shorten(written ?? String(found));
}

/** Messages never show what stands under these: people put passwords there in spite of `${env:…}`. */
function mayBeSecret(path: FieldPath): boolean {
  return path.includes('config') || path.includes('env') || path.includes('client_secret_key');
}

function valueAt(value: unknown, path: FieldPath): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Readonly<Record<string | number, unknown>>)[part];
  }
  return found;
}
