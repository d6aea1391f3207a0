import { CommonWants } from './common-wants.ts';
import type { SharedReport } from './conflict-report.ts';
import type { PluginCheck } from './plugin-check.ts';
import { reasonsOfMany } from './specifier-reasons.ts';

/** Checks whether plugins with the same `share` can share. */
export async function checkShared(check: PluginCheck): Promise<SharedReport[]> {
  const { lists } = check.comparison;
  const names = new Set(lists.flatMap(({ share }) => share ?? []));
  const groups = [...names].map((name) => ({
    name,
    members: lists.flatMap(({ share }, plugin) => (share === name ? [plugin] : [])),
  }));
  return await Promise.all(
    groups
      .filter(({ members }) => members.length > 1)
      .map(async ({ name, members }) => {
        const plugins = members.map((plugin) => lists[plugin]?.id ?? '');
        return { name, plugins, ...(await verdictOn(check, members)) };
      }),
  );
}

async function verdictOn(
  check: PluginCheck,
  members: readonly number[],
): Promise<Pick<SharedReport, 'verdict' | 'reasons'>> {
  const pairs = members.flatMap((plugin, index) =>
    members.slice(index + 1).map((other) => check.between(plugin, other)),
  );
  const conflicts = pairs.filter((pair) => pair.verdict === 'conflict');
  if (conflicts.length > 0)
    return { verdict: 'conflict', reasons: [...new Set(conflicts.flatMap(({ reasons }) => reasons))] };
  const usable = new Set(check.usable());
  if (!members.every((plugin) => usable.has(plugin))) {
    const unknown = pairs.flatMap((pair) => (pair.verdict === 'unknown' ? [pair.reason] : []));
    return { verdict: 'unknown', reasons: [...new Set(unknown)] };
  }
  const apart = ofOtherKind(check, members) ?? commonClash(check, members);
  if (apart !== undefined) return { verdict: 'conflict', reasons: apart };
  return await check.proofs.resolveGroup(members);
}

/** A build refuses these. */
function ofOtherKind({ comparison: { lists } }: PluginCheck, members: readonly number[]): string[] | undefined {
  const [first, ...others] = members.map((plugin) => lists[plugin]);
  const other = others.find((each) => each?.kind !== first?.kind);
  return other === undefined
    ? undefined
    : [`${first?.id} and ${other.id} have different builders, or set different things in [tool.uv]`];
}

/** Three may leave no version of which each two agree: names the fewest that do. */
function commonClash({ comparison }: PluginCheck, members: readonly number[]): string[] | undefined {
  const canShare = (plugins: readonly number[]): boolean => new CommonWants(comparison).join(plugins);
  if (canShare(members)) return undefined;
  let core = members;
  for (const plugin of members) {
    const rest = core.filter((other) => other !== plugin);
    if (!canShare(rest)) core = rest;
  }
  return reasonsOfMany(core, comparison);
}
