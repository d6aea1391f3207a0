import { join } from 'node:path';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { isRecord } from '../../lifecycle/is-record.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { readPluginFile } from '../requirements/plugin-file.ts';

/** A lock file of npm. */
export interface NpmLock {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
}

/** In npm's own order: the first that is there holds. */
const OF_NPM = ['npm-shrinkwrap.json', 'package-lock.json'];
/** Each with the tool that writes it. */
const OF_OTHERS = { 'pnpm-lock.yaml': 'pnpm', 'yarn.lock': 'Yarn', 'bun.lock': 'Bun', 'bun.lockb': 'Bun' };

/**
 * The lock file beside the plugin's package.json; undefined if there is none.
 *
 * @throws BulkheadError `LOCK_UNSUPPORTED` where only other tools have locked the packages: to resolve them anew would look as if
 * the lock held. `LOCK_STALE` for one that is not JSON
 */
export async function npmLock({ id, folder }: PluginSpec): Promise<NpmLock | undefined> {
  for (const name of OF_NPM) {
    const file = join(folder, name);
    const text = await readPluginFile(id, file);
    if (text === undefined) continue;
    if (lockedPackages(text) === undefined)
      throw new BulkheadError('LOCK_STALE', { plugin: id, lock: name, reason: 'it is not what npm writes' });
    return { file, text };
  }
  for (const [lock, tool] of Object.entries(OF_OTHERS))
    if ((await readPluginFile(id, join(folder, lock))) !== undefined)
      throw new BulkheadError('LOCK_UNSUPPORTED', { plugin: id, lock, tool });
  return undefined;
}

/** What a lock file, also the hidden one of an installed tree, says of a package in it, by its place: `node_modules/zod`. */
export type LockedPackages = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** `node_modules/a/node_modules/@b/c` is that of `@b/c`. */
export function nameAt(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** Undefined: it is none. That of npm 6 and before has none of this form, and is empty here. */
export function lockedPackages(text: string): LockedPackages | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return undefined;
    const packages: unknown = value['packages'] ?? {};
    if (!isRecord(packages)) return undefined;
    return Object.fromEntries(
      Object.entries(packages).filter((entry): entry is [string, Record<string, unknown>] => isRecord(entry[1])),
    );
  } catch {
    return undefined;
  }
}

/**
 * The lock without what lies on this disk, whose paths mean something else elsewhere: npm resolves that anew, and keeps to the
 * rest.
 *
 * @param fields those of package.json, with absolute paths
 */
export function withoutLocal(text: string, fields: Readonly<Record<string, unknown>>): string {
  const value = JSON.parse(text) as Record<string, unknown>;
  const packages = Object.entries(lockedPackages(text) ?? {}).filter(
    ([place, { link, resolved }]) =>
      place !== '' &&
      place.startsWith('node_modules/') &&
      link !== true &&
      !(typeof resolved === 'string' && resolved.startsWith('file:')),
  );
  const root = { ...(isRecord(value['packages']) ? (value['packages'][''] as object) : {}), ...fields };
  return `${JSON.stringify({ ...value, packages: { '': root, ...Object.fromEntries(packages) }, dependencies: undefined }, undefined, 2)}\n`;
}
