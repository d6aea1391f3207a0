import { CommonWants } from './common-wants.ts';
import { isUnbuilt, type Questions, type Unbuilt } from './questions.ts';
import type { Resolution } from './resolver.ts';
import type { SpecifierComparison } from './specifier-comparison.ts';

export interface ResolutionsOptions {
  readonly questions: Questions;
  /** The Pythons that the resolver has. */
  readonly pythons: readonly string[];
  /** Whether packages without wheels may be built, where nothing else answers. */
  readonly mayBuild: boolean;
}

type Unsolvable = Extract<Resolution, { outcome: 'unsolvable' }>;

/** What is known of plugins on the Pythons that suit them all. */
interface Findings {
  /** Resolved, or not answered: it settles the matter. */
  readonly settled: Resolution | undefined;
  readonly unsolvable: readonly Unsolvable[];
  readonly unbuilt: readonly Unbuilt[];
}

/** Resolves sets of plugins on the Pythons that suit them. */
export class Resolutions {
  readonly #comparison: SpecifierComparison;
  readonly #options: ResolutionsOptions;

  constructor(comparison: SpecifierComparison, options: ResolutionsOptions) {
    this.#comparison = comparison;
    this.#options = options;
  }

  /** Why nothing is asked any more. */
  get stopped(): string | undefined {
    return this.#options.questions.stopped;
  }

  /**
   * Resolves for the first Python that suits; without a solution there, for one of each other series, since what is proved for one
   * need not hold for the next. A Python for which one of the plugins has no wheels suits only if they may be built.
   *
   * @param asOf a day to try in place of the one that the plugins ask for
   */
  async of(plugins: readonly number[], asOf: string | undefined = this.#earliestDay(plugins)): Promise<Resolution> {
    const pythons = this.#candidates(plugins);
    if (pythons.length === 0) return this.#noPython(plugins);
    const found = await this.#askFor(pythons, plugins, asOf, false);
    if ('outcome' in found) return found;
    if (found.settled !== undefined) return found.settled;
    const { mayBuild } = this.#options;
    const mayLeaveOut = !mayBuild && found.unsolvable.length > 0 && plugins.length > 1;
    const open = mayLeaveOut ? await this.#jointly(found.unbuilt, plugins, asOf) : found.unbuilt;
    if (open.length === 0) return withLeftOut(found);
    if (!mayBuild) return withCure(open[0] as Unbuilt);
    const built = await this.#askFor(
      open.map(({ python }) => python),
      plugins,
      asOf,
      true,
    );
    if ('outcome' in built) return built;
    return built.settled ?? ([...found.unsolvable, ...built.unsolvable][0] as Unsolvable);
  }

  /** Asks for one Python after the other. @returns a resolution where a part of the plugins settles it for all */
  async #askFor(
    pythons: readonly string[],
    plugins: readonly number[],
    asOf: string | undefined,
    mayBuild: boolean,
  ): Promise<Findings | Resolution> {
    const unsolvable: Unsolvable[] = [];
    const unbuilt: Unbuilt[] = [];
    for (const python of pythons) {
      const answer = await this.#options.questions.ask({ plugins, python, asOf, mayBuild });
      if (isUnbuilt(answer)) unbuilt.push(answer);
      else if (answer.outcome !== 'unsolvable') return { settled: answer, unsolvable, unbuilt };
      else {
        unsolvable.push(answer);
        // the few that uv names are asked on the other Pythons in place of all
        const named = namedIn(answer, plugins, this.#comparison);
        const part = named.length > 1 && named.length < plugins.length ? await this.of(named, asOf) : undefined;
        if (part?.outcome === 'unsolvable') return part;
      }
    }
    return { settled: undefined, unsolvable, unbuilt };
  }

  /** Leaves out the Pythons for which one of the plugins lacks a wheel even alone. */
  async #jointly(
    unbuilt: readonly Unbuilt[],
    plugins: readonly number[],
    asOf: string | undefined,
  ): Promise<readonly Unbuilt[]> {
    const jointly: Unbuilt[] = [];
    for (const answer of unbuilt) {
      const { python } = answer;
      const alone = await Promise.all(
        plugins.map((plugin) => this.#options.questions.ask({ plugins: [plugin], python, asOf, mayBuild: false })),
      );
      if (!alone.some(isUnbuilt)) jointly.push(answer);
    }
    return jointly;
  }

  #noPython(plugins: readonly number[]): Resolution {
    const wanted = new Set(plugins.flatMap((plugin) => this.#comparison.lists[plugin]?.wantedPython ?? []));
    const reason = `this machine has no Python ${[...wanted].join(' and ')} to resolve for`;
    return { outcome: 'failed', python: '', reason };
  }

  #candidates(plugins: readonly number[]): string[] {
    const wants = new CommonWants(this.#comparison);
    if (!wants.join(plugins)) return [];
    const fitting = this.#options.pythons.filter((version) => this.#comparison.grid.has(wants.pythons, version));
    const series = (version: string): string => version.split('.').slice(0, 2).join('.');
    return fitting.filter(
      (version, index) => fitting.findIndex((other) => series(other) === series(version)) === index,
    );
  }

  #earliestDay(plugins: readonly number[]): string | undefined {
    return plugins.flatMap((plugin) => this.#comparison.lists[plugin]?.asOf ?? []).toSorted()[0];
  }
}

/** The plugins that the resolver names when it explains why there is no solution. */
export function namedIn(
  { needs }: Unsolvable,
  plugins: readonly number[],
  { lists }: SpecifierComparison,
): readonly number[] {
  const ids = new Set(needs.flatMap(({ who, isPlugin }) => (isPlugin ? [who] : [])));
  return plugins.filter((plugin) => ids.has(lists[plugin]?.id ?? ''));
}

function withLeftOut({ unsolvable, unbuilt }: Findings): Resolution {
  const leftOut = unbuilt.map(({ python, unbuilt: packages = '' }) => ({ python, packages }));
  return { ...(unsolvable[0] as Unsolvable), leftOut };
}

function withCure(unbuilt: Unbuilt): Resolution {
  return { ...unbuilt, reason: `${unbuilt.reason}; \`--build\` builds it, which runs its code` };
}
