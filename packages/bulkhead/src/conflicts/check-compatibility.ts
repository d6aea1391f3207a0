import { type CheckOptions, checkPlugins } from './check-plugins.ts';
import type { Compatibility } from './compatibility.ts';
import { NodeQuestions } from './node-questions.ts';
import { nodeVerdict } from './node-verdict.ts';
import type { NpmRequirementList, RequirementList } from './requirement-list.ts';

/** Proves from what two plugins ask for whether they can share an environment, or says that it is not known. */
export async function compatibilityOf(
  one: RequirementList | NpmRequirementList,
  other: RequirementList | NpmRequirementList,
  options: CheckOptions,
): Promise<Compatibility> {
  // two lists may have the same name
  const second = other.id === one.id ? { ...other, id: `${other.id} (the other)` } : other;
  if ('packages' in one && 'packages' in second) return await nodeVerdict([one, second], nodeQuestions(options));
  if ('packages' in one || 'packages' in second) {
    const [node, python] = 'packages' in one ? [one.id, second.id] : [second.id, one.id];
    const reasons = [
      `${node} is written in TypeScript, ${python} in Python: their environments have nothing in common`,
    ];
    return { verdict: 'conflict', proof: 'languages', reasons };
  }
  return (await checkPlugins([one, second], options)).between(one.id, second.id);
}

function nodeQuestions({ nodeResolver, signal, enough, onStep }: CheckOptions): NodeQuestions | undefined {
  if (nodeResolver === undefined) return undefined;
  const step = onStep === undefined ? {} : { onStep };
  return new NodeQuestions({ resolver: nodeResolver, signal, enough: enough ?? new AbortController().signal, ...step });
}
