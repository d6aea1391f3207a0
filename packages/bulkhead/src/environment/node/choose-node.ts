import { compare, satisfies, validRange } from 'semver';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { isTypeScript, typeStripping } from '../../requirements/type-stripping.ts';
import type { SharedLooks } from '../shared-looks.ts';
import type { StateFolder } from '../state-folder.ts';
import { type DiscoveredNode, discoverNodes, type NodeDiscovery } from './node-discovery.ts';

/** The Nodes that the SDK supports. */
export const OLDEST_NODE = '>=20.19';
/** In the order in which they are chosen for a plugin in TypeScript. */
const TYPES = { unasked: 0, 'if told': 1, never: 2 } as const;

/** What the plugins of an environment ask of its Node. */
export interface WantedNode {
  /** Ranges, in all of which it has to be. */
  readonly engines: readonly string[];
  /** Ranges, in all of which it is to be where one of those that fit is. */
  readonly preferred: readonly string[];
  /** The files that are run. */
  readonly entryPoints: readonly string[];
}

/**
 * The Node that a plugin runs on: the host's own where that fits, since it is there and warm; else what `node` means in the user's
 * shell, else the newest. One that the plugin's author prefers goes before these, and before that one that runs TypeScript as it is,
 * where that is what is run.
 *
 * @throws BulkheadError `NODE_NOT_FOUND`
 */
export async function nodeForPlugin(
  plugin: string,
  { engines, preferred, entryPoints }: WantedNode,
  {
    state,
    variables,
    signal,
    looks,
  }: {
    readonly state: StateFolder;
    readonly variables: NodeJS.ProcessEnv;
    readonly signal: AbortSignal;
    readonly looks: SharedLooks;
  },
): Promise<DiscoveredNode> {
  const look = async (until: AbortSignal): Promise<NodeDiscovery> => await discoverNodes(state, variables, until);
  const { nodes, searched } = await looks.find('Nodes', look, signal);
  const fitting = nodes.filter(({ version }) => fitsNode(version, [OLDEST_NODE, ...engines]));
  const isTyped = entryPoints.some(isTypeScript);
  const [chosen] = fitting.toSorted((one, other) => byPreference(one, other, isTyped, preferred));
  if (chosen !== undefined) return chosen;
  const found = newestFirst(nodes).map(({ version, origin }) => `${version} (${origin})`);
  const wanted = engines.length === 0 ? OLDEST_NODE : engines.join(' and ');
  throw new BulkheadError('NODE_NOT_FOUND', { plugin, wanted, found: [...new Set(found)], searched });
}

export function fitsNode(version: string, ranges: readonly string[]): boolean {
  return ranges.every((range) => validRange(range) !== null && satisfies(version, range));
}

export function newestFirst<Node extends { readonly version: string }>(nodes: readonly Node[]): Node[] {
  return nodes.toSorted((one, other) => compare(other.version, one.version));
}

const STANDING = { host: 0, default: 1, kept: 2 } as const;

function byPreference(
  one: DiscoveredNode,
  other: DiscoveredNode,
  isTyped: boolean,
  preferred: readonly string[],
): number {
  const types = isTyped ? TYPES[typeStripping(one.version)] - TYPES[typeStripping(other.version)] : 0;
  const isPreferred = ({ version }: DiscoveredNode): number => Number(fitsNode(version, preferred));
  return (
    types ||
    isPreferred(other) - isPreferred(one) ||
    STANDING[one.standing] - STANDING[other.standing] ||
    compare(other.version, one.version) ||
    (one.executable < other.executable ? -1 : 1)
  );
}
