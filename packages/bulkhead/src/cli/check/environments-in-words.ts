import type { RegistryCheck } from '../../manager/check-registry.ts';

/** What the groups of a check prove, in words that the text and the page share. */
export interface EnvironmentsInWords {
  /** One clause, such as `The fewest environments that hold all: 2 instead of 4`. */
  readonly claim: string;
  /** The claim as the heading of a list of the groups. */
  readonly title: string;
  /** What stands behind the number of environments, such as `environments needed`. */
  readonly tile: string;
  /** Whether each group is proved to hold its plugins. */
  readonly isResolved: boolean;
  /** The plugins that no group holds, because something is wrong with them. */
  readonly leftOut: readonly string[];
}

/** Claims no more than is proved: a group that nobody resolved may hold its plugins, and one that leaves a plugin out holds not all. */
export function environmentsInWords({
  report,
  problems,
}: Pick<RegistryCheck, 'report' | 'problems'>): EnvironmentsInWords {
  const { groups, plugins, isOffline, before, after } = report;
  const [today, found] = [before.environments, after.environments];
  const held = new Set(groups.flatMap((group) => group.plugins));
  const leftOut = [...plugins, ...problems].map(({ id }) => id).filter((id) => !held.has(id));
  const whom = leftOut.length === 0 ? 'all' : `${held.size} of ${held.size + leftOut.length} plugins`;
  const isResolved = !isOffline && groups.every(({ proof }) => proof !== 'specifiers');
  // a plugin that could not be resolved counts as one environment, though it might share
  const isFewest = report.isFewest && !plugins.some(({ state, reason }) => state === 'unknown' && reason !== undefined);
  const amongThem = leftOut.length === 0 ? '' : ` for ${whom}`;
  const words = { title: `Environments that ${isResolved ? 'hold' : 'may hold'} ${whom}`, isResolved, leftOut };
  if (found < today) {
    const fewest = `${isFewest ? 'The fewest' : 'Few'} environments that hold ${whom}`;
    const fewer = isFewest && found > 1 ? ', and fewer will not' : '';
    return {
      ...words,
      claim: isResolved
        ? `${fewest}: ${found} instead of ${today}`
        : `${found === 1 ? 'One environment' : `${found} environments`} may do for ${whom}, instead of ${today}${fewer}`,
      title: isResolved && isFewest ? fewest : words.title,
      tile: `${found === 1 ? 'environment' : 'environments'} ${isResolved ? 'would' : 'may'} do${amongThem}, instead of ${today}${isResolved ? '' : ' (not resolved)'}`,
    };
  }
  if (today === 1)
    return {
      ...words,
      claim: `One environment ${isResolved ? 'holds' : 'may hold'} ${whom}`,
      tile: `environment${amongThem}${isResolved ? '' : ' (not resolved)'}`,
    };
  const least = isFewest && !isResolved ? 'at least ' : '';
  return {
    ...words,
    claim: isFewest
      ? `${least === '' ? '' : 'At least '}${today} environments are needed${amongThem}`
      : `No fewer than today's ${today} environments were found${amongThem}`,
    tile: `environments ${isFewest ? `needed${least === '' ? '' : ' at least'}` : 'today, and no fewer found'}${amongThem}`,
  };
}
