import { withCaller } from './bulkhead-error.ts';

/** Handles the rejection of a promise that is returned to the caller, in the turn in which the caller goes on. */
export function tellCaller(error: unknown): never {
  throw withCaller(error);
}
