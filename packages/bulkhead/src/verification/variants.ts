import { isMapping } from '../registry/plain-value.ts';
import type { PortableRegistry, WrittenEntry } from '../registry/portable-registry.ts';
import type { LaunchSpec } from '../registry/plugin-spec.ts';

export type Tier = LaunchSpec['isolation'];
/** Those that carry any plugin: go-plugin is for programs that know of no other. */
export type TransportName = Exclude<LaunchSpec['transport'], 'go-plugin'>;

/** A new one has to be named here, or this does not compile: then the product's own suite runs over it, too. */
export const TIERS: readonly Tier[] = namesOf<Tier>({ thread: true, process: true, docker: true });
export const TRANSPORTS: readonly TransportName[] = namesOf<TransportName>({
  socket: true,
  stdio: true,
  grpc: true,
  zeromq: true,
});

/** How a plugin is run for its checks. */
export interface Variant {
  /** Undefined: as it is declared. */
  readonly tier: Tier | undefined;
  readonly transport: TransportName | undefined;
}

/** In a thread or a container there is only one way to talk. */
const WITHOUT_TRANSPORTS: readonly (Tier | undefined)[] = ['thread', 'docker'];

/** Each tier over each transport. */
export function variantsOf(tiers: readonly Tier[], transports: readonly TransportName[]): readonly Variant[] {
  const chosen: readonly (Tier | undefined)[] = tiers.length === 0 ? [undefined] : tiers;
  return chosen.flatMap((tier): readonly Variant[] =>
    transports.length === 0 || WITHOUT_TRANSPORTS.includes(tier)
      ? [{ tier, transport: undefined }]
      : transports.map((transport) => ({ tier, transport })),
  );
}

/** Fields that other tiers have no use for. */
const ONLY_OF: Readonly<Partial<Record<Tier, readonly string[]>>> = {
  docker: ['image', 'image_command'],
  process: ['sandbox', 'transport'],
};
/** They replace instances, as the checks do; both at once would tell nothing. */
const UNWANTED = ['recycle', 'idle_unload'];

/**
 * The registry with that one plugin run as the variant has it, by one instance. All other plugins stay: it may call them, or share its
 * environment with them.
 */
export function registryFor(registry: PortableRegistry, id: string, { tier, transport }: Variant): PortableRegistry {
  const { plugins, defaults = {} } = registry;
  const change = (entry: WrittenEntry): WrittenEntry => {
    const isolation = tier ?? entry['isolation'] ?? (defaults as { isolation?: unknown }).isolation ?? 'process';
    const useless = Object.entries(ONLY_OF).flatMap(([of, fields]) =>
      tier === undefined || of === tier ? [] : fields,
    );
    const kept = without(entry, [...useless, ...UNWANTED]) as WrittenEntry;
    return {
      ...kept,
      enabled: true,
      instances: 1,
      ...(tier === undefined ? {} : { isolation }),
      ...(transport === undefined ? {} : { transport }),
    };
  };
  return {
    ...registry,
    defaults: without(defaults, UNWANTED) as typeof defaults,
    plugins: plugins.map((entry) => (entry.id === id ? change(entry) : entry)),
  };
}

function without(mapping: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(mapping).filter(([name]) => isMapping(mapping) && !names.includes(name)));
}

function namesOf<Name extends string>(names: Readonly<Record<Name, true>>): readonly Name[] {
  return Object.keys(names) as Name[];
}
