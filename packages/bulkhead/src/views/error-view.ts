import { asBulkheadError } from '../errors/as-bulkhead-error.ts';
import type { JsonObject } from './json-object.ts';

/** An error, whatever was thrown, with its context and causes. */
export function errorView(thrown: unknown): JsonObject {
  const { code, blame, message, advice, retryable, details, context, cause } = asBulkheadError(thrown);
  const causes = causesOf(cause).map(({ name, message, stack }) => ({ type: name, message, stack }));
  return { code, blame, message, advice, retryable, details, ...context, causes };
}

/** An error's cause, the cause of that, and so on; each once. */
export function causesOf(cause: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (let next = cause; next instanceof Error && !chain.includes(next); next = next.cause) chain.push(next);
  return chain;
}
