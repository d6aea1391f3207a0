import type { AnyField, Fields, InManifest, InRegistry, InSpec } from './field.ts';

/** The spec's group: what the registry says goes first, then the manifest, then the default, field by field. */
export function mergeFields<All extends Fields>(
  fields: All,
  registry: InRegistry<All>,
  manifest: InManifest<All> = {},
): InSpec<All> {
  const group: Record<string, unknown> = { ...groupOfDefaults(fields) };
  for (const written of [manifest, registry])
    for (const name of Object.keys(written)) {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (field?.into !== undefined)
        group[field.into] = merged(field, valueOf(registry, name), valueOf(manifest, name));
    }
  return group as InSpec<All>;
}

/** What all plugins have where they say nothing: made once for a thousand of them. */
const defaults = new WeakMap<Fields, Readonly<Record<string, unknown>>>();

function groupOfDefaults(fields: Fields): Readonly<Record<string, unknown>> {
  const known = defaults.get(fields);
  if (known !== undefined) return known;
  const made = Object.fromEntries(
    Object.values(fields).flatMap((field) => (field.into === undefined ? [] : [[field.into, merged(field)]])),
  );
  defaults.set(fields, made);
  return made;
}

/** The same of what is written alone, without defaults. */
export function readFields<All extends Fields>(fields: All, written: InRegistry<All>): Partial<InSpec<All>> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => valueOf(written, name) !== undefined)
      .map(([name, field]) => [field.into, field.read?.(valueOf(written, name) as never)]),
  ) as Partial<InSpec<All>>;
}

function merged(field: AnyField, registry?: unknown, manifest?: unknown): unknown {
  const written =
    field.merge === undefined ? (registry ?? manifest) : field.merge(registry as never, manifest as never);
  const value = written ?? field.default;
  return value === undefined ? undefined : field.read?.(value as never);
}

function valueOf(written: object, name: string): unknown {
  return (written as Readonly<Record<string, unknown>>)[name];
}
