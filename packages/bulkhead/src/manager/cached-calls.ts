import { ActionCache, type CachedCall, type CachePolicy } from '../cache/action-cache.ts';
import type { CacheObserver } from '../cache/cache-observer.ts';
import type { CacheSize } from '../monitor/cache-metrics.ts';
import type { CallRequest, SendTaken } from '../pool/call-request.ts';
import type { Pool } from '../pool/pool.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { type CallInput, fixedInput } from '../session/call-input.ts';
import { PluginStream } from '../session/plugin-stream.ts';
import { cachePolicies } from './cache-policies.ts';

export interface CachedCallsOptions {
  readonly spec: PluginSpec;
  readonly pool: Pool;
  readonly observer: CacheObserver;
  /** The environment's identity, once it is ready. */
  environment(): string | undefined;
  /** Called with actions that have cache settings in the registry but that the plugin does not declare pure: they are not cached. */
  unused(actions: readonly string[]): void;
  /** Called when an action that is declared pure answers with a stream: it is not cached from now on. */
  streams(action: string): void;
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/**
 * The calls of one revision of a plugin: those of an action that is pure are answered by what is kept, or by an equal call that
 * is under way; all others by the pool. Which actions are pure is known when an instance has been ready; until then a call
 * waits for that as it would anyway, and is looked up when an instance takes it.
 */
export class CachedCalls {
  readonly #options: CachedCallsOptions;
  readonly #pool: Pool;
  /** Undefined: not known yet. */
  #caches: Map<string, ActionCache> | undefined;

  constructor(options: CachedCallsOptions) {
    this.#options = options;
    this.#pool = options.pool;
    if (options.spec.cache === false) this.#caches = new Map(NONE);
  }

  /** @param mayJoin see `AnswerOptions`. @throws as `Pool.execute` */
  execute(request: CallRequest, mayJoin: boolean): Promise<unknown> {
    const caches = this.#caches ?? this.#learn();
    const cache = caches?.get(request.action);
    if (cache !== undefined) {
      const send: SendTaken = (input, signal) => this.#pool.execute({ ...request, input, signal });
      return this.#answer(cache, request, mayJoin, send);
    }
    if (caches !== undefined) return this.#pool.execute(request);
    const onTaken = (send: SendTaken, input: CallInput): Promise<unknown> => {
      const learned = this.#learn()?.get(request.action);
      if (learned !== undefined) return this.#answer(learned, { ...request, input }, mayJoin, send);
      return send(input, request.signal);
    };
    return this.#pool.execute({ ...request, onTaken });
  }

  /** Size of each action's cache. */
  sizes(): readonly CacheSize[] {
    return [...(this.#caches ?? NONE)].map(([action, { entries, bytes }]) => ({
      plugin: this.#options.spec.id,
      action,
      entries,
      bytes,
    }));
  }

  /** Forgets everything. */
  clear(): void {
    for (const cache of this.#caches?.values() ?? []) cache.clear();
  }

  /** From now on every call reaches the plugin. */
  disable(): void {
    this.clear();
    this.#caches = new Map(NONE);
  }

  #answer(
    cache: ActionCache,
    { action, input, signal, timeout, onProgress }: CallRequest,
    mayJoin: boolean,
    send: SendTaken,
  ): Promise<unknown> {
    const call: CachedCall = async (everybodyGone, copy) => {
      const answer = await send(copy === input.value ? input : fixedInput(copy), everybodyGone);
      if (answer instanceof PluginStream) this.#leaveOut(action);
      return answer;
    };
    // A progress listener may end the call, so no other caller may join it.
    return cache.answer(this.#scope, input.value, call, {
      signal,
      timeout,
      mayJoin: mayJoin && onProgress === undefined,
      isFixed: input.isFixed,
    });
  }

  get #scope(): string {
    const { spec, environment } = this.#options;
    return `${spec.version ?? ''} ${environment() ?? ''}`;
  }

  #leaveOut(action: string): void {
    if (this.#caches?.delete(action) === true) this.#options.streams(action);
  }

  #learn(): ReadonlyMap<string, ActionCache> | undefined {
    const { spec, observer, unused } = this.#options;
    const [instance] = this.#pool.instances;
    if (this.#caches !== undefined || instance === undefined) return this.#caches;
    const { policies, ineffective } = cachePolicies(instance.start.ready.actions, spec.cache);
    const make = ([action, policy]: [string, CachePolicy]): [string, ActionCache] => [
      action,
      new ActionCache({ plugin: spec.id, action, policy, observer }),
    ];
    this.#caches = new Map([...policies].map(make));
    if (ineffective.length > 0) unused(ineffective);
    return this.#caches;
  }
}
