import type { Compatibility } from './compatibility.ts';
import type { NodeQuestions } from './node-questions.ts';
import { npmClash, RANGES_MEET } from './npm-ranges.ts';
import type { NpmRequirementList } from './requirement-list.ts';

/**
 * Whether plugins of Node can share an environment: by their ranges, and where these prove nothing, by npm.
 *
 * @param questions undefined: npm is not asked
 */
export async function nodeVerdict(
  plugins: readonly NpmRequirementList[],
  questions: NodeQuestions | undefined,
): Promise<Compatibility> {
  const clash = clashAmong(plugins);
  if (clash !== undefined) return clash;
  if (questions === undefined) return { verdict: 'unknown', reason: RANGES_MEET };
  // what one of them can't have is no conflict of the two
  for (const plugin of plugins) {
    const alone = await questions.ask([plugin]);
    if (alone.outcome === 'resolved') continue;
    const said = alone.outcome === 'failed' ? 'not known' : "can't be installed even alone";
    return { verdict: 'unknown', reason: `${plugin.id}: ${said}, because ${alone.reason}` };
  }
  const together = await questions.ask(plugins);
  switch (together.outcome) {
    case 'resolved':
      return { verdict: 'compatible', python: undefined, packages: together.packages };
    case 'unsolvable':
      return { verdict: 'conflict', proof: 'resolver', reasons: [together.reason], words: together.words };
    case 'failed':
      return { verdict: 'unknown', reason: together.reason };
  }
}

/** What the ranges of each two say. A conflict goes before what is not known. */
function clashAmong(plugins: readonly NpmRequirementList[]): Compatibility | undefined {
  const clashes = plugins.flatMap((one, index) =>
    plugins.slice(index + 1).flatMap((other) => npmClash(one, other) ?? []),
  );
  const conflicts = clashes.filter((clash) => clash.verdict === 'conflict');
  const [first] = conflicts;
  if (first === undefined) return clashes[0];
  return { ...first, reasons: [...new Set(conflicts.flatMap(({ reasons }) => reasons))] };
}
