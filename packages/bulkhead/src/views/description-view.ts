import type { DescribedPlugin } from '../manager/describe-plugins.ts';
import type { PluginDescription } from '../manager/plugin-status.ts';
import { errorView } from './error-view.ts';
import type { JsonObject } from './json-object.ts';

/** What a plugin says of itself. */
export function descriptionView({
  id,
  version,
  python,
  node,
  metadata,
  actions,
  hooks,
}: PluginDescription): JsonObject {
  return { id, version: version ?? null, python: python ?? null, node: node ?? null, metadata, actions, hooks };
}

const NOTHING_KNOWN = { version: null, python: null, node: null, metadata: null, actions: null, hooks: null };

/** The same of one among many, of which it may not be known. */
export function describedPluginView({ id, description, problem }: DescribedPlugin): JsonObject {
  const known = description === undefined ? { id, ...NOTHING_KNOWN } : descriptionView(description);
  return { ...known, problem: problem === undefined ? null : errorView(problem) };
}
