import { createHash } from 'node:crypto';

/**
 * Everything that decides what is in an environment. Two plugins for which all of it is equal share one on disk.
 * Changing this shape, or what is put into it, makes every environment on every machine be built anew.
 */
export interface IdentityInputs {
  /** The builder and its series: `uv 0.13`, `npm 11`. Patch releases don't count: uv has one a week, and none has changed what it installs. */
  readonly builder: string;
  readonly python?: {
    readonly version: string;
    readonly implementation: string;
    readonly executable: string;
    readonly build: string;
  };
  /** Not where it lies: packages depend on its version and on what it is compiled against, and it is linked to by none. */
  readonly node?: {
    readonly version: string;
    /** Of the interface for compiled packages, which other programs with the same version of Node change. */
    readonly abi: string;
  };
  /** Such as `linux-x86_64`; of Node `linux-x64-glibc`. */
  readonly platform: string;
  /** Normalised and sorted. */
  readonly requirements: readonly string[];
  /** Hash of the plugin's own lock file, where there is one. */
  readonly lock: string | undefined;
  /** The plugin's `[tool.uv]`, as far as it decides about versions. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Where packages are looked for, and what else the machine's own configuration says about them. */
  readonly index: Readonly<Record<string, string>>;
  /** The plugin's folder, where what it asks for depends on it; what then lies there is in the environment's record. */
  readonly folder: string | undefined;
  readonly asOf: string | undefined;
}

/** 128 bits: paths below it are part of the first line of installed scripts, which is bounded on some systems. */
const LENGTH = 32;

export function identityOf(inputs: IdentityInputs): string {
  return hashOf(JSON.stringify(canonical(withoutCredentials(inputs)))).slice(0, LENGTH);
}

/** Of an environment that holds projects of this disk, which may change while all else stays. */
export function identityOfBuild(identity: string, localSources: Readonly<Record<string, unknown>>): string {
  if (Object.keys(localSources).length === 0) return identity;
  return hashOf(JSON.stringify([identity, canonical(localSources)])).slice(0, LENGTH);
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Removes what stands between `://` and `@`: a renewed token is the same index, and metadata must hold no secret. */
export function withoutCredentials<Value>(value: Value): Value {
  if (typeof value === 'string') return redact(value) as Value;
  if (Array.isArray(value)) return value.map(withoutCredentials) as Value;
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutCredentials(inner)])) as Value;
}

export function redact(text: string): string {
  return text.replace(/(\w:\/\/)[^/@\s"']+@/g, '$1');
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return entries.toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([key, inner]) => [key, canonical(inner)]);
}
