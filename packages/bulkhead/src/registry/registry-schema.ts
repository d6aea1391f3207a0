import { z } from 'zod';
import { type Defaults, sharedFields } from './defaults.ts';
import type { InRegistry } from './fields/field.ts';
import { text } from './fields/forms.ts';
import { type PluginFields, pluginFields } from './fields/groups.ts';
import { mappingOf, strictMapping } from './fields/mapping.ts';

/** One plugin in the registry file, valid, as it was written. */
export type RegistryEntry = InRegistry<PluginFields> & { readonly id: string; readonly path: string };

export interface RegistryFile {
  readonly plugins: readonly RegistryEntry[] | null;
  readonly resources?: Readonly<Record<string, number>> | undefined;
  readonly defaults?: Defaults | undefined;
}

const plugin = mappingOf(pluginFields, 'a plugin: a mapping with id and path') as z.ZodType<RegistryEntry>;

const defaults: z.ZodType<Defaults> = mappingOf(
  sharedFields,
  'a mapping such as { permissions: strict, resources: { memory: 512MiB } }',
);

const A_CAPACITY = 'a whole number of units, from 1 on';

/** Of the host, not of one plugin: what `resources` of a plugin means is another thing. */
const capacities = z.record(
  text('the name of a resource: 1 to 200 characters, without line breaks', /^[^\p{Cc}]{1,200}$/u),
  z.int({ error: A_CAPACITY }).min(1, { error: A_CAPACITY }),
  { error: 'a mapping of names to capacities such as { gpu: 2 }' },
);

/** Validates a registry file that has been turned into plain values; also what `registryJsonSchema` is made from. */
export const registrySchema: z.ZodType<RegistryFile> = strictMapping(
  {
    plugins: z
      .array(plugin, { error: 'a list of plugins, each beginning with "- "' })
      .nullable()
      .meta({ description: 'The plugins. An empty list, [], is allowed.' }),
    resources: capacities.optional().meta({
      description: 'How many units there are of what plugins lock with context.lock, by name, such as { gpu: 2 }.',
    }),
    defaults: defaults.optional().meta({
      description: 'What holds for each plugin whose entry says nothing else; mappings are joined key by key.',
    }),
  },
  'a mapping with the key "plugins"',
).meta({
  title: 'Bulkhead plugin registry',
  description: 'plugins.yaml: which plugins there are, and how each is run.',
  // A home for anchors; read-registry.ts leaves these keys out.
  patternProperties: { '^x-': { description: 'Not read; a place for anchors.' } },
});

/** The JSON Schema (draft 2020-12) that editors check plugins.yaml against. */
function registryJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(registrySchema, { target: 'draft-2020-12', io: 'input' }) };
}

/** What `registry.schema.json` holds. */
export function registryJsonSchemaText(): string {
  return `${JSON.stringify(registryJsonSchema(), undefined, 2)}\n`;
}
