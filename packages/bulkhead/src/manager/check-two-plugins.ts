import type { Compatibility } from '../conflicts/compatibility.ts';
import type { NpmRequirementList, RequirementList } from '../conflicts/requirement-list.ts';
import type { CheckCompatibilityOptions } from './check-registry.ts';

/**
 * Whether two plugins can share an environment, by what they ask for: proved, or said to be unknown.
 *
 * @throws BulkheadError `UV_UNAVAILABLE`
 */
export async function checkCompatibility(
  one: RequirementList | NpmRequirementList,
  other: RequirementList | NpmRequirementList,
  options: CheckCompatibilityOptions = {},
): Promise<Compatibility> {
  // most programs never ask
  return await (await import('./check-registry.ts')).compatibilityWithin(one, other, options);
}
