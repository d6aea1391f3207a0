import type { SharedReport } from './conflict-report.ts';
import { compareNpm } from './npm-ranges.ts';
import type { NpmRequirementList } from './requirement-list.ts';

/** What the ranges of the plugins of Node prove of each other. Ranges that meet prove nothing. */
export interface NodeReport {
  readonly plugins: readonly string[];
  /** Pairs that can't share an environment. */
  readonly conflicts: readonly { readonly plugins: readonly [string, string]; readonly reasons: readonly string[] }[];
  /** Groups with the same `share`, those among them that have members in Python. */
  readonly shared: readonly SharedReport[];
}

/** A plugin of Node, and the name of the group that it is to share with. */
export interface NodeList extends NpmRequirementList {
  readonly share: string | undefined;
}

/** @param others the groups of plugins in Python, by their ids */
export function checkNodePlugins(lists: readonly NodeList[], others: Readonly<Record<string, string>>): NodeReport {
  const conflicts = lists.flatMap((one, index) =>
    lists.slice(index + 1).flatMap((other) => {
      const between = compareNpm(one, other);
      if (between.verdict !== 'conflict') return [];
      return [{ plugins: [one.id, other.id] as const, reasons: between.reasons }];
    }),
  );
  const names = [...new Set(lists.flatMap(({ share }) => share ?? []))];
  return {
    plugins: lists.map(({ id }) => id),
    conflicts,
    shared: names.flatMap((name) => {
      const mine = lists.filter(({ share }) => share === name).map(({ id }) => id);
      const theirs = Object.keys(others).filter((id) => others[id] === name);
      return mine.length + theirs.length < 2 ? [] : [groupOf(name, mine, theirs, conflicts)];
    }),
  };
}

function groupOf(
  name: string,
  mine: readonly string[],
  theirs: readonly string[],
  conflicts: NodeReport['conflicts'],
): SharedReport {
  const [node, python] = [mine[0], theirs[0]];
  const apart =
    python === undefined
      ? []
      : [`${node} is a plugin of Node, ${python} of Python: their environments have nothing in common`];
  const within = conflicts.filter(({ plugins }) => plugins.every((id) => mine.includes(id)));
  const reasons = [...apart, ...within.flatMap((conflict) => conflict.reasons)];
  return { name, plugins: [...mine, ...theirs], verdict: reasons.length > 0 ? 'conflict' : 'unknown', reasons };
}
