import { BulkheadError } from '../errors/bulkhead-error.ts';

/** A package that an application installs beside Bulkhead if one of its plugins asks for it. */
export interface OptionalPackage {
  readonly plugin: string;
  readonly transport: string;
  readonly package: string;
}

/**
 * Imports it by a name that bundlers can't follow: they would make a part of the application of it, and one that has binaries
 * does not run there.
 *
 * @throws BulkheadError `TRANSPORT_PACKAGE_MISSING`
 */
export async function loadOptional<Package>(wanted: OptionalPackage): Promise<Package> {
  const { package: name } = wanted;
  try {
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as Package;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BulkheadError('TRANSPORT_PACKAGE_MISSING', { ...wanted, side: 'host', reason }, { cause });
  }
}
