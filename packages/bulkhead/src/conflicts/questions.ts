import { letManyListen } from '../lifecycle/let-many-listen.ts';
import type { Resolution, ResolutionRequest, Resolver } from './resolver.ts';
import type { SpecifierComparison } from './specifier-comparison.ts';

/** How many resolutions run at once: each waits for the index half of its time. */
const AT_ONCE = 3;

export interface QuestionsOptions {
  readonly resolver: Resolver;
  readonly signal: AbortSignal;
  /** When it is aborted, nothing is asked any more: what is still open stays unknown, for its reason. */
  readonly enough: AbortSignal;
  /** Receives what the resolver is asked next, in words. */
  onStep?(message: string): void;
}

/** Whether some plugins, by their indexes, have a solution on one Python. */
export interface Question {
  readonly plugins: readonly number[];
  readonly python: string;
  readonly asOf: string | undefined;
  readonly mayBuild: boolean;
}

/** Asks the resolver each question once, a few at a time. Plugins with equal lists count as one. */
export class Questions {
  readonly #comparison: SpecifierComparison;
  readonly #options: QuestionsOptions;
  readonly #asked = new Map<string, { readonly plugins: readonly number[]; readonly answer: Promise<Resolution> }>();
  readonly #refused: (Question & { readonly members: ReadonlySet<number>; readonly resolution: Resolution })[] = [];
  readonly #waiting: (() => void)[] = [];
  /** Either of the two signals. */
  readonly #stop: AbortSignal;
  #running = 0;
  #answered = 0;

  constructor(comparison: SpecifierComparison, options: QuestionsOptions) {
    this.#comparison = comparison;
    this.#options = options;
    this.#stop = AbortSignal.any([options.signal, options.enough]);
    letManyListen(this.#stop); // each question does
  }

  /** Why nothing is asked any more: one clause, without a full stop. */
  get stopped(): string | undefined {
    return this.#stop.aborted ? (this.#stop.reason as Error).message : undefined;
  }

  async ask(question: Question): Promise<Resolution> {
    const keyOf = (plugin: number): string => this.#comparison.lists[plugin]?.key ?? '';
    const { plugins: given, ...rest } = question;
    const plugins = given.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
    const key = JSON.stringify([rest, plugins.map(keyOf)]);
    const known = this.#asked.get(key) ?? { plugins, answer: this.#inTurn(question) };
    this.#asked.set(key, known);
    return this.#renamed(await known.answer, known.plugins, plugins);
  }

  /** An answer about plugins with equal lists, as one about these. The words of the resolver stay. */
  #renamed(answer: Resolution, from: readonly number[], to: readonly number[]): Resolution {
    if (answer.outcome !== 'unsolvable') return answer;
    const idOf = (plugin: number | undefined): string => this.#comparison.lists[plugin ?? -1]?.id ?? '';
    const ids = new Map(from.map((plugin, index) => [idOf(plugin), idOf(to[index])]));
    const needs = answer.needs.map((need) => (need.isPlugin ? { ...need, who: ids.get(need.who) ?? need.who } : need));
    return { ...answer, needs };
  }

  async #inTurn(question: Question): Promise<Resolution> {
    if (this.#running >= AT_ONCE) await new Promise<void>((go) => this.#waiting.push(go));
    this.#running += 1;
    try {
      return this.#alreadyRefused(question) ?? (await this.#askResolver(question));
    } finally {
      this.#answered += 1;
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** What some of the plugins can't have, all of them can't have. An earlier day has no more versions. */
  #alreadyRefused({ plugins, python, asOf, mayBuild }: Question): Resolution | undefined {
    const together = new Set(plugins);
    return this.#refused.find(
      (refused) =>
        refused.python === python &&
        (refused.asOf === undefined || refused.asOf === asOf) &&
        (refused.resolution.outcome === 'unsolvable' || !mayBuild) &&
        [...refused.members].every((plugin) => together.has(plugin)),
    )?.resolution;
  }

  async #askResolver(question: Question): Promise<Resolution> {
    const { signal, enough, resolver } = this.#options;
    const { python } = question;
    signal.throwIfAborted();
    const unanswered = (): Resolution => ({ outcome: 'failed', python, reason: this.stopped ?? '' });
    if (enough.aborted) return unanswered();
    try {
      const resolution = await resolver.resolve(this.#request(question), this.#stop);
      if (resolution.outcome === 'unsolvable' || isUnbuilt(resolution))
        this.#refused.push({ ...question, members: new Set(question.plugins), resolution });
      return resolution;
    } catch (error) {
      signal.throwIfAborted();
      if (enough.aborted) return unanswered();
      throw error;
    }
  }

  #request({ plugins, python, asOf, mayBuild }: Question): ResolutionRequest {
    const lists = plugins.flatMap((plugin) => this.#comparison.lists[plugin] ?? []);
    const who = inWords(lists.map(({ id }) => id));
    const how = mayBuild ? ', building what has no wheel' : '';
    const count = `${this.#answered} of ${this.#asked.size} answered`;
    this.#options.onStep?.(`${count}, resolving ${who} on Python ${python}${how}`);
    return {
      plugins: lists.map(({ id, texts, unnamed }) => ({ id, requirements: texts, unnamed })),
      python,
      asOf,
      settings: lists[0]?.settings ?? {},
      mayBuild,
    };
  }
}

/** Whether a build might have answered. */
export function isUnbuilt(answer: Resolution): answer is Unbuilt {
  return answer.outcome === 'failed' && answer.unbuilt !== undefined;
}

export type Unbuilt = Extract<Resolution, { outcome: 'failed' }>;

function inWords(ids: readonly string[]): string {
  return ids.length <= 3 ? ids.join(' with ') : `${ids.slice(0, 2).join(', ')} and ${ids.length - 2} more together`;
}
