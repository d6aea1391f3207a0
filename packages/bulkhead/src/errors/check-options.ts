import { fileURLToPath } from 'node:url';
import { nearestName } from '../lifecycle/nearest-name.ts';
import { BulkheadError } from './bulkhead-error.ts';

/**
 * Refuses options that a function does not have, where they enter: one that is misspelt would have no effect, without a word.
 *
 * @param known all that it has
 * @param whose such as `executePlugin`
 * @throws BulkheadError `ARGUMENT_INVALID`
 */
export function checkOptions<Options extends object>(
  options: Options,
  known: Readonly<Record<keyof Options, true>>,
  whose: string,
): void {
  if (typeof options !== 'object' || options === null)
    throw invalid('options', `${whose} expects an object of options, found ${kindOf(options)}`);
  for (const name in options) if (!Object.hasOwn(known, name)) throw unknown(name, Object.keys(known), whose);
}

function unknown(name: string, known: readonly string[], whose: string): BulkheadError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `there are ${known.join(', ')}` : `did you mean "${nearest}"?`;
  return invalid(name, `${whose} has no such option; ${hint}`.replace(/\?$/, ''));
}

/**
 * The path of a file or folder that an application named: a path, or a `file:` URL as modules make it from `import.meta.url`.
 *
 * @throws BulkheadError `ARGUMENT_INVALID`
 */
export function pathOf(given: unknown, argument: string, whose: string): string {
  if (typeof given === 'string' && given !== '') return given;
  if (given instanceof URL && given.protocol === 'file:') return fileURLToPath(given);
  throw invalid(argument, `${whose} expects a path or a file: URL, found ${kindOf(given)}`);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined || value === '') return value === '' ? 'an empty text' : String(value);
  return value instanceof URL ? value.protocol : `a value of type ${typeof value}`;
}

function invalid(argument: string, reason: string): BulkheadError {
  return new BulkheadError('ARGUMENT_INVALID', { argument, reason });
}
