import type { RegistryCheck } from '../../manager/check-registry.ts';

/** What the groups of a check prove, in words that the text and the page share. */
export interface EnvironmentsInWords {
  /** One clause, such as `The fewest environments that hold all: 2 instead of 4`. */
  readonly claim: string;
  /** The claim as the heading of a list of the groups. */
  readonly title: string;
  /** How many environments that are, and what stands behind the number, such as `environments needed`. */
  readonly tile: { readonly number: number; readonly what: string };
  /** What to write so that the registry has these groups; undefined: it has them, or better ones. */
  readonly cure: string | undefined;
  /** Whether each group is proved to hold its plugins. */
  readonly isResolved: boolean;
  /** The plugins that no group holds, because something is wrong with them. */
  readonly leftOut: readonly string[];
}

/** Whether plugins can do so that are told to. */
export const SHARING_IN_WORDS = { conflict: "can't share", compatible: 'share', unknown: 'may not share' } as const;

/** Claims no more than is proved: a group that nobody resolved may hold its plugins, and one that leaves a plugin out holds not all. */
export function environmentsInWords({
  report,
  problems,
}: Pick<RegistryCheck, 'report' | 'problems'>): EnvironmentsInWords {
  const { groups, plugins, isOffline, before, after, shared } = report;
  const [today, found] = [before.environments, after.environments];
  const held = new Set(groups.flatMap((group) => group.plugins));
  const leftOut = [...plugins, ...problems].map(({ id }) => id).filter((id) => !held.has(id));
  const whom = leftOut.length === 0 ? 'all' : `${held.size} of ${held.size + leftOut.length} plugins`;
  const isOpen = shared.some(({ verdict }) => verdict === 'unknown');
  const isResolved = !isOffline && !isOpen && groups.every(({ proof }) => proof !== 'specifiers');
  // a plugin that could not be resolved counts as one environment, though it might share
  const isFewest = report.isFewest && !plugins.some(({ state, reason }) => state === 'unknown' && reason !== undefined);
  const amongThem = leftOut.length === 0 ? '' : ` for ${whom}`;
  const words = { title: `Environments that ${isResolved ? 'hold' : 'may hold'} ${whom}`, isResolved, leftOut };
  if (today === undefined || found < today) {
    const told = shared.flatMap(({ name, verdict }) => (verdict === 'conflict' ? [name] : []));
    const impossible = told.length === 0 ? '' : `Told to share, and can't: ${told.join(', ')}. `;
    const instead = today === undefined ? '' : ` instead of ${today}`;
    const fewest = `${isFewest ? 'The fewest' : 'Few'} environments that hold ${whom}`;
    const fewer = isFewest && found > 1 ? ', and fewer will not' : '';
    return {
      ...words,
      claim: `${impossible}${
        isResolved
          ? `${fewest}: ${found}${instead}`
          : `${found === 1 ? 'One environment' : `${found} environments`} may do for ${whom}${comma(instead)}${fewer}`
      }`,
      title: isResolved && isFewest ? fewest : words.title,
      tile: {
        number: found,
        what: `${found === 1 ? 'environment' : 'environments'} ${isResolved ? 'would' : 'may'} do${amongThem}${comma(instead)}${isResolved ? '' : ' (not resolved)'}`,
      },
      cure:
        told.length === 0
          ? `The same \`share: NAME\` for the plugins of a line in the registry ${isResolved ? 'makes it so' : 'tries it'}.`
          : `In the registry, give the plugins of a line a \`share\` of their own, and one that is alone on its line none${isResolved ? '' : ': that tries it'}. Or loosen what they ask for.`,
    };
  }
  if (today === 1)
    return {
      ...words,
      claim: `One environment ${isResolved ? 'holds' : 'may hold'} ${whom}`,
      tile: { number: today, what: `environment${amongThem}${isResolved ? '' : ' (not resolved)'}` },
      cure: undefined,
    };
  const least = isFewest && !isResolved ? 'at least ' : '';
  return {
    ...words,
    claim: isFewest
      ? `${least === '' ? '' : 'At least '}${today} environments are needed${amongThem}`
      : `No fewer than today's ${today} environments were found${amongThem}`,
    tile: {
      number: today,
      what: `environments ${isFewest ? `needed${least === '' ? '' : ' at least'}` : 'today, and no fewer found'}${amongThem}`,
    },
    cure: undefined,
  };
}

function comma(clause: string): string {
  return clause === '' ? '' : `,${clause}`;
}
