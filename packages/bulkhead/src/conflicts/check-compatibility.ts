import { type CheckOptions, checkPlugins } from './check-plugins.ts';
import type { Compatibility } from './compatibility.ts';
import { compareNpm } from './npm-ranges.ts';
import type { NpmRequirementList, RequirementList } from './requirement-list.ts';

/** Proves from what two plugins ask for whether they can share an environment, or says that it is not known. */
export async function compatibilityOf(
  one: RequirementList | NpmRequirementList,
  other: RequirementList | NpmRequirementList,
  options: CheckOptions,
): Promise<Compatibility> {
  if ('packages' in one && 'packages' in other) return compareNpm(one, other);
  if ('packages' in one || 'packages' in other) {
    const [node, python] = 'packages' in one ? [one.id, other.id] : [other.id, one.id];
    const reasons = [
      `${node} is written in TypeScript, ${python} in Python: their environments have nothing in common`,
    ];
    return { verdict: 'conflict', proof: 'languages', reasons };
  }
  // two lists may have the same name
  const second = other.id === one.id ? { ...other, id: `${other.id} (the other)` } : other;
  return (await checkPlugins([one, second], options)).between(one.id, second.id);
}
