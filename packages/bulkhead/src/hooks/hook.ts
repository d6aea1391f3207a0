import { BulkheadError } from '../errors/bulkhead-error.ts';
import {
  ERROR_POLICIES,
  type HookMode,
  MODES,
  NOTHING_POLICIES,
  type OnHookError,
  type OnNothing,
} from './hook-policies.ts';
import type { HookRunner, HookToRun } from './hook-runner.ts';

export interface HookOptions {
  /** Unique among its owner's hooks of the event; the function's name unless given. */
  readonly id?: string | undefined;
  /** Such as a plugin's id; `host` unless given. */
  readonly owner?: string | undefined;
  /** Higher ones go first; 50 unless given. */
  readonly priority?: number | undefined;
  /** Owners, ids, or `owner.id`s that it has to come before. A name that no hook has is ignored. */
  readonly before?: string | readonly string[] | undefined;
  readonly after?: string | readonly string[] | undefined;
  /** Milliseconds; 5,000 unless given. */
  readonly timeout?: number | undefined;
  /** `fail` unless given. */
  readonly onError?: OnHookError | undefined;
  /** `fail` unless given, so that a forgotten `return` shows. */
  readonly onNothing?: OnNothing | undefined;
  /** `transform` unless given. */
  readonly mode?: HookMode | undefined;
  /** Place of its owner in the registry file: decides among equal priorities, before the order of registration. */
  readonly position?: number | undefined;
}

/** What a callback gets besides the data. */
export interface HookContext {
  readonly event: string;
  readonly hook: string;
  /** Aborted when the time is over, or the chain is. */
  readonly signal: AbortSignal;
  /** Throws, which stops the chain here. */
  readonly veto: (reason: string) => never;
}

/** Gets data of its own; returns the new data, or a promise of it. */
export type HookCallback<Data = unknown> = (data: Data, context: HookContext) => unknown;

/** A hook that lives elsewhere, such as in a plugin; `name` is the runner's. */
export interface RemoteHook {
  readonly runner: HookRunner;
  readonly name: string;
}

/** A registered hook, with all defaults filled. */
export class Hook implements HookToRun {
  readonly runner: HookRunner;
  /** What its runner calls it. */
  readonly name: string;
  readonly id: string;
  readonly owner: string;
  /** For people, and for `before` and `after` of others. */
  readonly fullName: string;
  readonly priority: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly timeout: number;
  readonly onError: OnHookError;
  readonly onNothing: OnNothing;
  readonly mode: HookMode;
  readonly position: number;
  /** Order of registration. */
  readonly sequence: number;
  isRemoved = false;
  disabledBy: Error | undefined;

  /** @throws BulkheadError `ARGUMENT_INVALID` */
  constructor({ runner, name }: RemoteHook, id: string, sequence: number, options: HookOptions) {
    this.runner = runner;
    this.name = name;
    this.id = id;
    this.sequence = sequence;
    this.owner = options.owner ?? 'host';
    this.fullName = `${this.owner}.${id}`;
    this.priority = numberOf('priority', options.priority ?? 50);
    this.before = namesOf('before', options.before);
    this.after = namesOf('after', options.after);
    this.timeout = timeoutOf(options.timeout ?? 5_000);
    this.onError = oneOf('onError', options.onError ?? 'fail', ERROR_POLICIES);
    this.onNothing = oneOf('onNothing', options.onNothing ?? 'fail', NOTHING_POLICIES);
    this.mode = oneOf('mode', options.mode ?? 'transform', MODES);
    this.position = options.position ?? Number.POSITIVE_INFINITY;
  }

  isCalled(name: string): boolean {
    return name === this.owner || name === this.id || name === this.fullName;
  }
}

function numberOf(argument: string, value: number): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw invalid(argument, `${String(value)} is not a number`);
}

function timeoutOf(value: number): number {
  if (typeof value === 'number' && value > 0 && value <= 2 ** 31 - 1) return value;
  throw invalid('timeout', `${String(value)} is not a number of milliseconds between 0 and 2^31`);
}

function oneOf<Value extends string>(argument: string, value: Value, known: readonly Value[]): Value {
  if (known.includes(value)) return value;
  throw invalid(argument, `expected ${known.join(', ')}, found ${String(value)}`);
}

function namesOf(argument: string, names: string | readonly string[] = []): readonly string[] {
  const all: readonly unknown[] = typeof names === 'string' ? [names] : names;
  if (Array.isArray(all) && all.every((name) => typeof name === 'string' && name !== '')) return all as string[];
  throw invalid(argument, 'expected names of owners or hooks');
}

function invalid(argument: string, reason: string): BulkheadError {
  return new BulkheadError('ARGUMENT_INVALID', { argument, reason });
}
