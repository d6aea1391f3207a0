import { builtApart } from './built-apart.ts';
import type { BuiltApartReport, ConflictReport } from './conflict-report.ts';
import { PluginCheck } from './plugin-check.ts';
import { ResolverProofs } from './resolver-proofs.ts';
import type { Platform } from './python-grid.ts';
import { reportOf } from './report-conflicts.ts';
import { readList, type RequirementList } from './requirement-list.ts';
import { Resolutions } from './resolutions.ts';
import type { Resolution, Resolver } from './resolver.ts';
import { checkShared } from './shared-groups.ts';
import { SpecifierComparison } from './specifier-comparison.ts';
import { thisPlatform } from './this-platform.ts';

export interface CheckOptions {
  /** Without a resolver, only what specifiers prove is known. */
  readonly resolver?: Resolver | undefined;
  readonly signal: AbortSignal;
  /** Defaults to this machine's. */
  readonly platform?: Platform;
  /** Limits the questions to the resolver to those about this plugin. */
  readonly focus?: string;
  /** Receives what the check does next, in words. */
  readonly onStep?: (message: string) => void;
}

/** Finds out which plugins can share an environment, and in which groups. A mistake in one list does not stop the others. */
export async function checkPlugins(
  lists: readonly RequirementList[],
  { resolver, signal, platform = thisPlatform(), onStep, focus }: CheckOptions,
): Promise<ConflictReport> {
  const pythons = (await resolver?.pythons(signal)) ?? [];
  const read = new Map();
  const comparison = new SpecifierComparison(
    lists.map((list) => readList(list, read)),
    platform,
    pythons,
  );
  const resolutions =
    resolver === undefined
      ? undefined
      : new Resolutions(comparison, { resolver, pythons, signal, ...(onStep === undefined ? {} : { onStep }) });
  const check = new PluginCheck(
    comparison,
    new ResolverProofs(comparison, resolutions),
    focus === undefined ? undefined : lists.findIndex(({ id }) => id === focus),
  );
  await check.resolveAlone();
  const grouping = await check.group();
  await check.resolvePairs();
  const shared = await checkShared(check);
  return reportOf({
    check,
    grouping,
    shared,
    builtApart: await findBuiltApart(check, grouping.groups, resolutions),
    resolver,
  });
}

async function findBuiltApart(
  check: PluginCheck,
  groups: readonly (readonly number[])[],
  resolutions: Resolutions | undefined,
): Promise<BuiltApartReport[]> {
  if (resolutions === undefined) return [];
  const { lists } = check.comparison;
  const sets = [...check.usable().map((plugin) => [plugin]), ...groups.filter(({ length }) => length > 1)];
  const found = new Map<string, BuiltApartReport & { members: readonly number[] }>();
  for (const members of sets) {
    const resolution = check.proofs.resolutionOf(members);
    if (resolution?.outcome !== 'resolved') continue;
    const requirements = members.flatMap((plugin) => lists[plugin]?.requirements ?? []);
    const pinned = requirements.filter(({ specifier }) => /^===?[^*,]+$/.test(specifier)).map(({ name }) => name);
    for (const each of builtApart(resolution.packages, pinned)) {
      const key = [each.older, each.newer].map(({ name, version }) => `${name} ${version}`).join();
      const known = found.get(key);
      const ids = members.flatMap((plugin) => lists[plugin]?.id ?? []);
      const plugins = [...new Set([...(known?.plugins ?? []), ...ids])];
      found.set(key, { ...(known ?? { ...each, gives: undefined, members }), plugins });
    }
  }
  return await Promise.all(
    [...found.values()].map(async ({ members, ...each }) => ({
      ...each,
      gives: each.asOf === undefined ? undefined : versionsOf(each, await resolutions.of(members, each.asOf)),
    })),
  );
}

function versionsOf({ older, newer }: BuiltApartReport, resolution: Resolution): string[] | undefined {
  if (resolution.outcome !== 'resolved') return undefined;
  return [older, newer].flatMap(({ name, version }) => {
    const then = resolution.packages.find((each) => each.name === name);
    return then === undefined || then.version === version ? [] : [`${name} ${then.version}`];
  });
}
