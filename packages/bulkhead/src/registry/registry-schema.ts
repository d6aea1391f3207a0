import type { Check, JsonSchema } from './checks/check.ts';
import { count, text } from './checks/scalars.ts';
import { listOf, mappingWith, orNothing, recordOf } from './checks/structures.ts';
import { type Defaults, sharedFields } from './defaults.ts';
import type { InRegistry } from './fields/field.ts';
import { type PluginFields, pluginFields } from './fields/groups.ts';
import { mappingOf } from './fields/mapping.ts';

/** One plugin in the registry file, valid, as it was written. */
export type RegistryEntry = InRegistry<PluginFields> & { readonly id: string; readonly path: string };

export interface RegistryFile {
  readonly plugins: readonly RegistryEntry[] | null;
  readonly resources?: Readonly<Record<string, number>> | undefined;
  readonly defaults?: Defaults | undefined;
}

const plugin = mappingOf(pluginFields, 'a plugin: a mapping with id and path');

const defaults: Check<Defaults> = mappingOf(
  sharedFields,
  'a mapping such as { permissions: strict, resources: { memory: 512MiB } }',
);

/** Of the host, not of one plugin: what `resources` of a plugin means is another thing. */
const capacities = recordOf(
  text('the name of a resource: 1 to 200 characters, without line breaks', /^[^\p{Cc}]{1,200}$/u),
  count('a whole number of units, from 1 on', 1),
  'a mapping of names to capacities such as { gpu: 2 }',
);

/** Checks a registry file that has been turned into plain values; also what `registryJsonSchema` is made from. */
export const registryCheck: Check<RegistryFile> = mappingWith(
  {
    plugins: {
      check: orNothing(listOf(plugin, 'a list of plugins, each beginning with "- "')),
      required: true,
      about: () => ({ description: 'The plugins. An empty list, [], is allowed.' }),
    },
    resources: {
      check: capacities,
      about: () => ({
        description: 'How many units there are of what plugins lock with context.lock, by name, such as { gpu: 2 }.',
      }),
    },
    defaults: {
      check: defaults,
      about: () => ({
        description: 'What holds for each plugin whose entry says nothing else; mappings are joined key by key.',
      }),
    },
  },
  'a mapping with the key "plugins"',
);

/** The JSON Schema (draft 2020-12) that editors check plugins.yaml against. */
function registryJsonSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Bulkhead plugin registry',
    description: 'plugins.yaml: which plugins there are, and how each is run.',
    ...registryCheck.jsonSchema(),
    // A home for anchors; read-registry.ts leaves these keys out.
    patternProperties: { '^x-': { description: 'Not read; a place for anchors.' } },
  };
}

/** What `registry.schema.json` holds. */
export function registryJsonSchemaText(): string {
  return `${JSON.stringify(registryJsonSchema(), undefined, 2)}\n`;
}
