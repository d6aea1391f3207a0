import { formatPath } from '@bulkhead/protocol';
import { InputRejected } from './errors.ts';
import type { Schema, SchemaIssue } from './schema.ts';

const MOST_NAMED = 5;

/**
 * What comes out of a schema for a value; at once, unless its library takes time.
 *
 * @param above where the value stands, innermost step first
 * @throws InputRejected
 */
export function checked(schema: Schema, value: unknown, above: readonly (string | number)[] = []): unknown {
  const result = schema['~standard'].validate(value);
  return result instanceof Promise ? result.then((later) => outcome(later, above)) : outcome(result, above);
}

function outcome(
  result: { readonly value?: unknown; readonly issues?: readonly SchemaIssue[] | undefined },
  above: readonly (string | number)[],
): unknown {
  if (result.issues === undefined) return result.value;
  const [first, ...others] = result.issues.map((issue) => `${pathOf(issue, above)}: ${issue.message}`);
  const [firstIssue] = result.issues;
  const named = [first ?? 'it does not fit', ...others.slice(0, MOST_NAMED - 1)].join('; ');
  const rest = others.length < MOST_NAMED ? '' : `; and ${others.length - MOST_NAMED + 1} more`;
  throw new InputRejected(firstIssue === undefined ? '$' : pathOf(firstIssue, above), `${named}${rest}`);
}

function pathOf({ path = [] }: SchemaIssue, above: readonly (string | number)[]): string {
  const steps = path.map((step) => {
    const key = typeof step === 'object' ? step.key : step;
    return typeof key === 'number' ? key : String(key);
  });
  return formatPath([...steps.toReversed(), ...above]);
}
