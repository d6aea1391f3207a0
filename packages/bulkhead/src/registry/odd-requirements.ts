import { readPluginRequirement } from '../requirements/plugin-requirement.ts';
import { isProblem } from '../requirements/problem.ts';
import { hasShapeOfRequirement } from './cross-check.ts';
import { isMapping } from './plain-value.ts';

/** Stands where an odd requirement stood, so that other mistakes keep their positions. */
const STAND_IN = 'x';

/** A registry in which every text under `dependencies` is a requirement. */
export interface WithoutOddRequirements {
  readonly registry: unknown;
  /** What the plugins with an odd requirement wrote under `dependencies`, by their index. */
  readonly written: ReadonlyMap<number, readonly string[]>;
}

/** Takes texts that are no requirements out of the registry, for a reader who judges them one by one. */
export function withoutOddRequirements(registry: unknown): WithoutOddRequirements {
  const written = new Map<number, readonly string[]>();
  if (!isMapping(registry) || !Array.isArray(registry['plugins'])) return { registry, written };
  const plugins = registry['plugins'].map((plugin: unknown, index) => {
    const dependencies: unknown = isMapping(plugin) ? plugin['dependencies'] : undefined;
    if (!isMapping(plugin) || !Array.isArray(dependencies) || !dependencies.some(isOdd)) return plugin;
    // a value that is no text remains a mistake, and then nobody looks at these
    written.set(index, dependencies as readonly string[]);
    return { ...plugin, dependencies: dependencies.map((text: unknown) => (isOdd(text) ? STAND_IN : text)) };
  });
  return { registry: { ...registry, plugins }, written };
}

function isOdd(text: unknown): boolean {
  return typeof text === 'string' && (!hasShapeOfRequirement(text) || isProblem(readPluginRequirement(text)));
}
