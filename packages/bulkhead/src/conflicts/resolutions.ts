import { CommonWants } from './common-wants.ts';
import type { Resolution, Resolver } from './resolver.ts';
import type { SpecifierComparison } from './specifier-comparison.ts';

/** How many resolutions run at once: each waits for the index half of its time. */
const AT_ONCE = 3;

export interface ResolutionsOptions {
  readonly resolver: Resolver;
  /** The Pythons that the resolver has. */
  readonly pythons: readonly string[];
  readonly signal: AbortSignal;
  /** Receives what the resolver is asked next, in words. */
  onStep?(message: string): void;
}

/** Asks the resolver about sets of plugins, once for each set; sets with equal lists count as one. */
export class Resolutions {
  readonly #comparison: SpecifierComparison;
  readonly #options: ResolutionsOptions;
  readonly #asked = new Map<string, Promise<Resolution>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(comparison: SpecifierComparison, options: ResolutionsOptions) {
    this.#comparison = comparison;
    this.#options = options;
  }

  /** @param asOf a day to try in place of the one that the plugins ask for */
  async of(plugins: readonly number[], asOf?: string): Promise<Resolution> {
    const day = asOf ?? this.#earliestDay(plugins);
    const key = `${day ?? ''} ${plugins
      .map((plugin) => this.#comparison.lists[plugin]?.key ?? '')
      .toSorted()
      .join('\n')}`;
    let known = this.#asked.get(key);
    if (known === undefined) this.#asked.set(key, (known = this.#inTurn(() => this.#resolve(plugins, day))));
    return await known;
  }

  /** Resolves for the first Python that suits; without a solution there, for one of each other series. */
  async #resolve(plugins: readonly number[], asOf: string | undefined): Promise<Resolution> {
    const lists = plugins.flatMap((plugin) => this.#comparison.lists[plugin] ?? []);
    const request = {
      plugins: lists.map(({ id, texts }) => ({ id, requirements: texts })),
      asOf,
      settings: lists[0]?.settings ?? {},
    };
    const { resolver, signal, onStep } = this.#options;
    let first: Resolution | undefined;
    for (const python of this.#candidates(plugins)) {
      onStep?.(`resolving ${inWords(lists.map(({ id }) => id))} on Python ${python}`);
      const resolution = await resolver.resolve({ ...request, python }, signal);
      // what is proved for one Python need not hold for the next
      if (resolution.outcome !== 'unsolvable') return resolution;
      first ??= resolution;
    }
    const wanted = [...new Set(lists.map(({ wantedPython }) => wantedPython))].join(' and ');
    return first ?? { outcome: 'failed', python: '', reason: `this machine has no Python ${wanted} to resolve for` };
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

  async #inTurn(work: () => Promise<Resolution>): Promise<Resolution> {
    if (this.#running >= AT_ONCE) await new Promise<void>((go) => this.#waiting.push(go));
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }
}

function inWords(ids: readonly string[]): string {
  return ids.length <= 3 ? ids.join(' with ') : `${ids.slice(0, 2).join(', ')} and ${ids.length - 2} more together`;
}
