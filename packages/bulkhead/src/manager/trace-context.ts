import type { TraceContext } from '@bulkhead/protocol';
import { BulkheadError } from '../errors/bulkhead-error.ts';

/** Version, trace, span and flags. A version after 00 may go on behind them. */
const TRACEPARENT =
  /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:$|(?<!^00.*)-[\x21-\x7e]*$)/;
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

/** Characters of a wrong value that its error shows. */
const LONGEST_SHOWN = 100;

/** What names a trace, before it is checked. */
export interface NamedTrace {
  readonly traceparent?: unknown;
  readonly tracestate?: unknown;
}

/** The trace that is named, if one is. @throws BulkheadError `ARGUMENT_INVALID` */
export function traceContext({ traceparent, tracestate }: NamedTrace): TraceContext | undefined {
  if (traceparent === undefined && tracestate === undefined) return undefined;
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent))
    throw refused('traceparent', traceparent, 'one of the W3C, such as 00-<32 hex digits>-<16 hex digits>-01');
  if (tracestate === undefined) return { traceparent };
  if (typeof tracestate !== 'string' || !TRACESTATE.test(tracestate))
    throw refused('tracestate', tracestate, 'a text of 1 to 512 printable characters of ASCII');
  return { traceparent, tracestate };
}

/** The trace of a call within another: the same, unless one is named. A further span of a trace keeps its state. */
export function traceWithin(outer: TraceContext | undefined, named: NamedTrace | undefined): TraceContext | undefined {
  const trace = named === undefined ? undefined : traceContext(named);
  if (trace === undefined || outer === undefined) return trace ?? outer;
  return traceOf(trace) === traceOf(outer) ? { ...outer, ...trace } : trace;
}

function traceOf({ traceparent }: TraceContext): string | undefined {
  return traceparent.split('-')[1];
}

function refused(argument: string, found: unknown, expected: string): BulkheadError {
  const shown =
    typeof found === 'string' ? JSON.stringify(found.slice(0, LONGEST_SHOWN)) : `a value of type ${typeof found}`;
  return new BulkheadError('ARGUMENT_INVALID', { argument, reason: `expected ${expected}; found ${shown}` });
}
