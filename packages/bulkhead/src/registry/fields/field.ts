import type { Check } from '../checks/check.ts';

/** A duration or a size as the file has it; numbers are seconds, or bytes. */
export type Amount = string | number;

/** What the documentation, the JSON Schema for editors and the check of a file need of a field. */
interface Described<InFile> {
  /** What may stand in the file. Each of its messages follows the word "expected" (explain-problems.ts). */
  readonly check: Check<InFile>;
  /** Sentences in Markdown; links are relative to docs/. */
  readonly description: string;
  /** The fields of a mapping, for the documentation. */
  readonly parts?: Fields | undefined;
  /** What stands between the field and its parts: `ACTION` for `cache.ACTION.ttl`. */
  readonly partsOf?: string | undefined;
}

/** A field that has to be written, and is no part of the merged spec by itself. */
export interface RequiredField<InFile> extends Described<InFile> {
  readonly required: true;
}

/**
 * Everything that Bulkhead knows of one field of the registry. The name that it is exported by is its name in the file, `into`
 * its name in the spec's group, which is named after the file that the field stands in.
 */
export interface Field<Into extends string, InFile, InSpec = InFile> extends Described<InFile> {
  readonly into: Into;
  /** What holds where nothing is written, in the words of the file. */
  readonly default: InFile;
  readonly otherwise?: undefined;
  /** The value in the spec, of a valid one in the file. */
  readonly read: (written: InFile) => InSpec;
  /** Joins what registry and manifest say; the registry's alone holds unless given. */
  readonly merge?: ((registry: InFile | undefined, manifest: InFile | undefined) => InFile | undefined) | undefined;
}

/** A field without a default: the spec has `undefined` where nothing is written. */
export interface OptionalField<Into extends string, InFile, InSpec = InFile> extends Described<InFile> {
  readonly into: Into;
  readonly default?: undefined;
  /** What holds then, in words: `no limit`. */
  readonly otherwise: string;
  readonly read: (written: InFile) => InSpec;
  readonly merge?: undefined;
}

/** A plugin's manifest may have the field, too. */
export interface InBoth {
  readonly where: 'both';
}

/** Only a plugin's manifest may have the field. */
export interface OnlyInManifest {
  readonly where: 'manifest';
}

/** A field of any kind, as code sees it that works on all of them. */
export interface AnyField extends Described<unknown> {
  readonly into?: string;
  readonly required?: true;
  readonly default?: unknown;
  readonly otherwise?: string | undefined;
  readonly where?: 'both' | 'manifest';
  readonly read?: (written: never) => unknown;
  readonly merge?: ((registry: never, manifest: never) => unknown) | undefined;
}

export type Fields = Readonly<Record<string, AnyField>>;

type InFileOf<F> = F extends { readonly check: Check<infer InFile> } ? InFile : never;
type ReadOf<F> = F extends { readonly read: (written: never) => infer InSpec } ? InSpec : never;
type InSpecOf<F> = F extends { readonly otherwise: string } ? ReadOf<F> | undefined : ReadOf<F>;

/** What a registry file may have of these fields. */
export type InRegistry<All> = {
  readonly [Name in keyof All as All[Name] extends OnlyInManifest ? never : Name]?: InFileOf<All[Name]> | undefined;
};

/** What a manifest may have of these fields. */
export type InManifest<All> = {
  readonly [Name in keyof All as All[Name] extends InBoth | OnlyInManifest ? Name : never]?:
    | InFileOf<All[Name]>
    | undefined;
};

/** What the spec has of these fields. */
export type InSpec<All> = {
  readonly [
    Name in keyof All as All[Name] extends { readonly into: infer Into extends string } ? Into : never
  ]: InSpecOf<All[Name]>;
};

/** The value of a field that is in the spec as it is in the file. */
export function asWritten<Value>(written: Value): Value {
  return written;
}

/** A mapping of the registry laid over the manifest's, key by key. */
export function laidOver<Mapping extends object>(
  registry: Mapping | undefined,
  manifest: Mapping | undefined,
): Mapping | undefined {
  return registry === undefined || manifest === undefined ? (registry ?? manifest) : { ...manifest, ...registry };
}
