import { builtApart } from './built-apart.ts';
import type { BuiltApartReport, ConflictReport } from './conflict-report.ts';
import type { NodeResolver } from './node-resolver.ts';
import { PluginCheck } from './plugin-check.ts';
import { Questions } from './questions.ts';
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
  /** The same for plugins of Node. */
  readonly nodeResolver?: NodeResolver | undefined;
  readonly signal: AbortSignal;
  /** When it is aborted, the check asks no more and reports what it knows; what it does not know has the message of its reason. */
  readonly enough?: AbortSignal | undefined;
  /** Whether packages without wheels may be built, which runs their code, where nothing else answers. */
  readonly mayBuild?: boolean | undefined;
  /** Defaults to this machine's. */
  readonly platform?: Platform;
  /** Limits the questions to the resolver to those about this plugin. */
  readonly focus?: string;
  /** Receives what the check does next, in words. */
  readonly onStep?: (message: string) => void;
}

/** Finds out which plugins can share an environment, and in which groups. A mistake in one list does not stop the others. */
export async function checkPlugins(lists: readonly RequirementList[], options: CheckOptions): Promise<ConflictReport> {
  const { resolver, signal, platform = thisPlatform(), onStep, focus } = options;
  const { enough = new AbortController().signal, mayBuild = false } = options;
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
      : new Resolutions(comparison, {
          questions: new Questions(comparison, {
            resolver,
            signal,
            enough,
            ...(onStep === undefined ? {} : { onStep }),
          }),
          pythons,
          mayBuild,
        });
  const check = new PluginCheck(
    comparison,
    new ResolverProofs(comparison, resolutions),
    focus === undefined ? undefined : lists.findIndex(({ id }) => id === focus),
  );
  await check.resolveAlone();
  const shared = await checkShared(check);
  const grouping = await check.group();
  const builtApart = await findBuiltApart(check, grouping.groups, resolutions);
  // last, because there may be very many
  await check.resolvePairs();
  return reportOf({ check, grouping, shared, builtApart, resolver });
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
      found.set(key, { ...(known ?? { ...each, gives: undefined, isTried: false, members }), plugins });
    }
  }
  return await Promise.all(
    [...found.values()].map(async ({ members, ...each }) => {
      if (each.asOf === undefined) return each;
      const then = await resolutions.of(members, each.asOf);
      return { ...each, gives: versionsOf(each, then), isTried: then.outcome !== 'failed' };
    }),
  );
}

function versionsOf({ older, newer }: BuiltApartReport, resolution: Resolution): string[] | undefined {
  if (resolution.outcome !== 'resolved') return undefined;
  return [older, newer].flatMap(({ name, version }) => {
    const then = resolution.packages.find((each) => each.name === name);
    return then === undefined || then.version === version ? [] : [`${name} ${then.version}`];
  });
}
