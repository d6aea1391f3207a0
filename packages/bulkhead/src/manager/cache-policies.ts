import type { ActionDescription, CacheDescription } from '@bulkhead/protocol';
import type { CachePolicy } from '../cache/action-cache.ts';
import { mergeFields } from '../registry/fields/merge-fields.ts';
import * as cachedAction from '../registry/fields/plugin/cached-action.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';

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

function policyOf(registry: Partial<CachePolicy>, plugin: CacheDescription): CachePolicy {
  const otherwise = mergeFields(cachedAction, {});
  return {
    ttl: registry.ttl ?? plugin.ttl ?? otherwise.ttl,
    maxEntries: registry.maxEntries ?? plugin.max_entries ?? otherwise.maxEntries,
    maxBytes: registry.maxBytes ?? plugin.max_bytes ?? otherwise.maxBytes,
  };
}
