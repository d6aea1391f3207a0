import { catalogue } from './catalogue.ts';
import type { Blame } from './catalogue/entry.ts';
import type { ErrorCode, ErrorDetails } from './error-details.ts';

/** Survives two copies of this package in one program, which `instanceof` does not. */
const BRAND: unique symbol = Symbol.for('bulkhead.error') as never;

/** What the host knows of the plugin whose call or start failed. */
export interface FailureContext {
  readonly plugin?: string;
  readonly action?: string;
  /** `name` is for people, such as `process 41`; `pid` of one that is a process of its own on this machine. */
  readonly instance?: { readonly name: string; readonly generation: number; readonly pid?: number };
  /** The exception's own type in the plugin, such as `ValueError`. */
  readonly remoteType?: string;
  readonly remoteTraceback?: string;
  /** What the exception carried in its `data` attribute. */
  readonly remoteData?: unknown;
  /** The last lines that the plugin wrote, oldest first. */
  readonly lastLines?: readonly string[];
  /** After a failed reload: what keeps serving, in words. The message says it, too. */
  readonly servesOn?: string;
  /** After a failed reload with `reload: stop_first`: what was started again, in words. The message says it, too. */
  readonly servesAgain?: string;
}

/**
 * The one error that Bulkhead throws. `message` says what happened, `blame` whose fault it is, `advice` what to do;
 * `code` is stable and documented in docs/errors.md.
 */
export class BulkheadError<Code extends ErrorCode = ErrorCode> extends Error {
  /** `AbortError` when the caller gave up itself, by a signal. */
  override readonly name: 'BulkheadError' | 'AbortError';
  readonly code: Code;
  readonly details: ErrorDetails[Code];
  readonly blame: Blame;
  /** Whether the same call may well succeed when it is tried again. */
  readonly retryable: boolean;
  readonly httpStatus: number;
  /** As `httpStatus`, under the name that Fastify and Express look for. */
  readonly statusCode: number;
  readonly advice: string;
  readonly context: FailureContext;

  constructor(code: Code, details: ErrorDetails[Code], options: { cause?: unknown; context?: FailureContext } = {}) {
    const entry = catalogue[code];
    super(
      messageOf(entry.message(details), options.context),
      'cause' in options ? { cause: options.cause } : undefined,
    );
    this.name = entry.isAbort === true ? 'AbortError' : 'BulkheadError';
    this.code = code;
    this.details = details;
    this.blame = entry.blame;
    this.retryable = entry.retryable;
    this.httpStatus = entry.httpStatus;
    this.statusCode = entry.httpStatus;
    this.advice = entry.advice(details);
    this.context = options.context ?? {};
    this.stack = stackOf(this);
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** The same error with more context; context that it already has stays. */
  within(context: FailureContext): BulkheadError<Code> {
    const widened = new BulkheadError(this.code, this.details, {
      cause: this.cause,
      context: { ...context, ...this.context },
    });
    if (this.stack !== undefined) widened.stack = this.stack;
    return widened;
  }
}

/** Most loggers print the stack and nothing else, so the plugin's traceback stands in it. */
function stackOf({ stack = '', name, message, context: { remoteTraceback } }: BulkheadError): string {
  const frames = stack.startsWith('Error')
    ? `${name}: ${message}${stack.slice('Error: '.length + message.length)}`
    : stack;
  return remoteTraceback === undefined ? frames : `${frames}\n${IN_PLUGIN}\n${remoteTraceback.trimEnd()}`;
}

const IN_PLUGIN = '  In the plugin:';

/**
 * The error as one caller gets it: its stack has the lines that wait for it, too. Call this in a rejection handler of the promise that
 * the caller awaits: what failed did so in another turn, which knows nothing of the caller.
 */
export function withCaller(error: unknown): unknown {
  if (!isBulkheadError(error)) return error;
  const here = { stack: '' };
  Error.captureStackTrace(here, withCaller);
  const [frames = '', inPlugin] = (error.stack ?? '').split(`\n${IN_PLUGIN}\n`);
  const awaiting = here.stack.split('\n').filter((line) => line.startsWith('    at async ') && !frames.includes(line));
  const own = error.within({});
  own.stack = [frames, ...awaiting, ...(inPlugin === undefined ? [] : [IN_PLUGIN, inPlugin])].join('\n');
  return own;
}

function messageOf(message: string, context: FailureContext | undefined): string {
  const { servesOn, servesAgain } = context ?? {};
  const serving = servesOn === undefined ? servesAgain && `${servesAgain} serves again` : `${servesOn} keeps serving`;
  if (serving === undefined) return message;
  return `${message}${message.includes('\n') ? '\n' : ' '}It was not reloaded: ${serving}.`;
}

/** Whether `error` is a BulkheadError, of this or another copy of the package, and of this code if one is given. */
export function isBulkheadError<Code extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: Code,
): error is BulkheadError<Code> {
  const isOne = typeof error === 'object' && error !== null && BRAND in error;
  return isOne && (code === undefined || (error as unknown as BulkheadError).code === code);
}

/** Exit status of a command that failed with `error`: 1 plugin, 2 user, 3 environment, 70 a bug of ours (sysexits.h). */
export function exitCodeOf(error: unknown): number {
  if (!isBulkheadError(error)) return EXIT_CODES.bulkhead;
  return EXIT_CODES[error.blame];
}

const EXIT_CODES: Readonly<Record<Blame, number>> = { plugin: 1, user: 2, environment: 3, bulkhead: 70 };
