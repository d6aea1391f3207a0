import type { AnyField, Fields, InManifest, InRegistry, InSpec } from './field.ts';

/** The spec's group: what the registry says goes first, then the manifest, then the default, field by field. */
export function mergeFields<All extends Fields>(
  fields: All,
  registry: InRegistry<All>,
  manifest?: InManifest<All>,
): InSpec<All> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) =>
      field.into === undefined ? [] : [[field.into, merged(field, valueOf(registry, name), valueOf(manifest, name))]],
    ),
  ) as InSpec<All>;
}

/** The same of what is written alone, without defaults. */
export function readFields<All extends Fields>(fields: All, written: InRegistry<All>): Partial<InSpec<All>> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => valueOf(written, name) !== undefined)
      .map(([name, field]) => [field.into, field.read?.(valueOf(written, name))]),
  ) as Partial<InSpec<All>>;
}

function merged(field: AnyField, registry: never, manifest: never): unknown {
  const written = field.merge === undefined ? (registry ?? manifest) : field.merge(registry, manifest);
  const value = written ?? field.default;
  return value === undefined ? undefined : field.read?.(value as never);
}

function valueOf(written: object | undefined, name: string): never {
  return (written as Readonly<Record<string, unknown>> | undefined)?.[name] as never;
}
