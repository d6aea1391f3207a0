import { letManyListen } from '../lifecycle/let-many-listen.ts';
import type { NodeResolution, NodeResolver } from './node-resolver.ts';
import type { NpmRequirementList } from './requirement-list.ts';

/** How many runs of npm there are at once: each waits for the registry half of its time. */
const AT_ONCE = 3;

export interface NodeQuestionsOptions {
  readonly resolver: NodeResolver;
  readonly signal: AbortSignal;
  /** When it is aborted, nothing is asked any more: what is still open stays unknown, for its reason. */
  readonly enough: AbortSignal;
  /** Receives what npm is asked next, in words. */
  onStep?(message: string): void;
}

/** Asks npm each question once, a few at a time. What it found for plugins together answers for some of them as well. */
export class NodeQuestions {
  readonly #options: NodeQuestionsOptions;
  readonly #stop: AbortSignal;
  readonly #asked = new Map<string, Promise<NodeResolution>>();
  readonly #found: { readonly ids: ReadonlySet<string>; readonly resolution: NodeResolution }[] = [];
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: NodeQuestionsOptions) {
    this.#options = options;
    this.#stop = AbortSignal.any([options.signal, options.enough]);
    letManyListen(this.#stop); // each question does
  }

  /** Whether these plugins can have one environment. @throws the reason of `signal` */
  async ask(plugins: readonly NpmRequirementList[]): Promise<NodeResolution> {
    const ids = plugins.map(({ id }) => id);
    const known = this.#found.find((found) => ids.every((id) => found.ids.has(id)));
    if (known !== undefined) return known.resolution;
    const key = JSON.stringify(ids.toSorted());
    let answer = this.#asked.get(key);
    if (answer === undefined) this.#asked.set(key, (answer = this.#inTurn(plugins)));
    const resolution = await answer;
    if (resolution.outcome === 'resolved') this.#found.push({ ids: new Set(ids), resolution });
    return resolution;
  }

  async #inTurn(plugins: readonly NpmRequirementList[]): Promise<NodeResolution> {
    if (this.#running >= AT_ONCE) await new Promise<void>((go) => this.#waiting.push(go));
    this.#running += 1;
    try {
      return await this.#askResolver(plugins);
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #askResolver(plugins: readonly NpmRequirementList[]): Promise<NodeResolution> {
    const { resolver, signal, enough, onStep } = this.#options;
    signal.throwIfAborted();
    const unanswered = (): NodeResolution => ({ outcome: 'failed', reason: (enough.reason as Error).message });
    if (enough.aborted) return unanswered();
    onStep?.(`resolving ${inWords(plugins.map(({ id }) => id))} with npm`);
    try {
      return await resolver.resolve(plugins, this.#stop);
    } catch (error) {
      signal.throwIfAborted();
      if (enough.aborted) return unanswered();
      throw error;
    }
  }
}

function inWords(ids: readonly string[]): string {
  return ids.length <= 3 ? ids.join(' with ') : `${ids.slice(0, 2).join(', ')} and ${ids.length - 2} more together`;
}
