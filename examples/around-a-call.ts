import { isDeepStrictEqual } from 'node:util';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PluginManager } from 'bulkhead';

export interface HookResult {
  readonly notes: readonly string[];
  readonly steps: readonly {
    readonly hook: string;
    readonly milliseconds: number;
    readonly changes: readonly string[];
  }[];
}

export interface LockResult {
  readonly resource: string;
  readonly held_by: string;
  readonly held_ms: number;
  /** In the order in which they had it afterwards. */
  readonly waited: readonly string[];
  readonly tokens: readonly number[];
}

export interface CacheResult {
  readonly keywords: readonly string[];
  readonly first_ms: number;
  readonly second_ms: number;
  /** How many of the two calls reached the plugin. */
  readonly reached: number;
  readonly same: boolean;
}

/** A text goes through three plugins, each of which adds to what is known of it, in the order of their priorities. */
export async function hookChain(manager: PluginManager, text: string): Promise<HookResult> {
  const { data, steps } = await manager.hooks.run('annotate', { text, notes: [] }, { trace: true });
  return {
    notes: (data as { notes: readonly string[] }).notes,
    steps: steps.map(({ hook, milliseconds, changes = [] }) => ({ hook, milliseconds: round(milliseconds), changes })),
  };
}

/** Two plugins want to write what this program holds: both wait, and get it one after the other. */
export async function contendedLock(
  manager: PluginManager,
  [table, report]: readonly [table: string, report: string],
): Promise<LockResult> {
  const resource = 'archive';
  const lease = await manager.resources.acquire('the demo', resource);
  const began = performance.now();
  const archive = (plugin: string, document: string): Promise<{ token: number }> =>
    manager.executePlugin(plugin, { document }, { action: 'archive' }) as Promise<{ token: number }>;
  const archived = Promise.all([archive('data_transformer', table), archive('legacy_reporter', report)]);
  const waiting = (): readonly string[] =>
    manager.resources
      .status()
      .find(({ name }) => name === resource)
      ?.waiting.map(({ owner }) => owner) ?? [];
  while (waiting().length < 2) await nextTurn();
  const waited = waiting();
  lease.release();
  const held = performance.now() - began;
  const tokens = [lease.token, ...(await archived).map(({ token }) => token)].toSorted((a, b) => a - b);
  return { resource, held_by: 'the demo', held_ms: round(held), waited, tokens };
}

/** The action says that it is pure: asked for the same again, the plugin is not. */
export async function cachedCall(manager: PluginManager, text: string): Promise<CacheResult> {
  const keywords = async (): Promise<[readonly string[], number]> => {
    const start = performance.now();
    const answer = await manager.executePlugin('text_analyzer', { text, top: 5 }, { action: 'keywords' });
    return [answer as readonly string[], round(performance.now() - start)];
  };
  const before = callsThatReached(manager, 'text_analyzer');
  const [first, firstTook] = await keywords();
  const [second, secondTook] = await keywords();
  const reached = callsThatReached(manager, 'text_analyzer') - before;
  const same = isDeepStrictEqual(first, second);
  return { keywords: first, first_ms: firstTook, second_ms: secondTook, reached, same };
}

function callsThatReached(manager: PluginManager, plugin: string): number {
  const instances = manager.plugins().find(({ id }) => id === plugin)?.instances ?? [];
  return instances.reduce((total, { calls }) => total + calls, 0);
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
