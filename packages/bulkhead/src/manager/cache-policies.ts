import type { ActionDescription, CacheDescription } from '@bulkhead/protocol';
import type { CachePolicy } from '../cache/action-cache.ts';
import { parseDuration } from '../lifecycle/duration.ts';
import { parseSize } from '../lifecycle/size.ts';
import { DEFAULTS } from '../registry/defaults.ts';
import type { CacheSettings, PluginSpec } from '../registry/plugin-spec.ts';

/**
 * How the answers of a plugin's pure actions are kept: what the registry says goes first, setting by setting. Only the plugin
 * knows whether an action is pure: `ineffective` are the actions for which the registry has settings in spite of that.
 */
export function cachePolicies(
  actions: Readonly<Record<string, ActionDescription>>,
  registry: PluginSpec['cache'],
): { policies: ReadonlyMap<string, CachePolicy>; ineffective: readonly string[] } {
  if (registry === false) return { policies: new Map(), ineffective: [] };
  const settings = new Map(Object.entries(registry));
  const policies = new Map<string, CachePolicy>();
  for (const [action, { cache }] of Object.entries(actions)) {
    const own = settings.get(action);
    if (cache !== undefined && own !== false) policies.set(action, policyOf(own ?? {}, cache));
  }
  const ineffective = Object.entries(registry).filter(([action, own]) =>
    own === false ? !Object.hasOwn(actions, action) : !policies.has(action),
  );
  return { policies, ineffective: ineffective.map(([action]) => action) };
}

function policyOf(registry: CacheSettings, plugin: CacheDescription): CachePolicy {
  const { cache } = DEFAULTS;
  return {
    ttl: registry.ttl ?? plugin.ttl ?? parseDuration(cache.ttl) ?? 0,
    maxEntries: registry.maxEntries ?? plugin.max_entries ?? cache.max_entries,
    maxBytes: registry.maxBytes ?? plugin.max_bytes ?? parseSize(cache.max_bytes) ?? 0,
  };
}
