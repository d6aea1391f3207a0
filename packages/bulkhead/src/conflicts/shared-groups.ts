import type { SharedReport } from './conflict-report.ts';
import type { PluginCheck } from './plugin-check.ts';

/** Checks whether plugins with the same `share` can share. */
export async function checkShared(check: PluginCheck): Promise<SharedReport[]> {
  const { lists } = check.comparison;
  const names = [...new Set(lists.flatMap(({ share }) => share ?? []))];
  return await Promise.all(
    names.map(async (name) => {
      const members = lists.flatMap(({ share }, plugin) => (share === name ? [plugin] : []));
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
  if (
    !members.every((plugin) => usable.has(plugin)) ||
    new Set(members.map((plugin) => check.comparison.lists[plugin]?.kind)).size > 1
  ) {
    const unknown = pairs.flatMap((pair) => (pair.verdict === 'unknown' ? [pair.reason] : []));
    return { verdict: 'unknown', reasons: [...new Set(unknown)] };
  }
  return await check.proofs.resolveGroup(members);
}
