import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { isRecord } from '../../lifecycle/is-record.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { membersAround } from './npm-workspace.ts';

/** The fields of a package.json whose packages are installed. */
const OF_PACKAGES = ['dependencies', 'optionalDependencies', 'peerDependencies'];
/** What other package managers know. */
const FOREIGN = /^(workspace|link|portal|patch|catalog|jsr|exec):/;
/** As npm reads it: an address `file:`, or what looks like a path. */
const LOCAL = /^(?:file:|\.{0,2}[\\/]|~[\\/]|[A-Za-z]:[\\/])/;

/**
 * The fields with paths to what lies on this disk as absolute ones, since npm is run elsewhere; and the names of these packages.
 *
 * @throws BulkheadError `PACKAGE_SOURCE_UNSUPPORTED`
 */
export async function resolveSources(
  spec: PluginSpec,
  fields: Readonly<Record<string, unknown>>,
): Promise<{ resolved: Readonly<Record<string, unknown>>; local: string[] }> {
  const resolved: Record<string, unknown> = { ...fields };
  const local: string[] = [];
  const members = await membersAround(spec);
  for (const field of OF_PACKAGES) {
    const written = fields[field];
    if (!isRecord(written)) continue;
    const sources: Record<string, unknown> = { ...written };
    for (const [name, source] of Object.entries(written)) {
      if (typeof source !== 'string') continue;
      refuseForeign(spec, name, source, members);
      if (!LOCAL.test(source)) continue;
      sources[name] = `file:${await pathOf(spec, name, source)}`;
      local.push(name);
    }
    resolved[field] = sources;
  }
  return { resolved, local };
}

function refuseForeign({ id }: PluginSpec, name: string, source: string, members: ReadonlyMap<string, string>): void {
  const [, protocol] = FOREIGN.exec(source) ?? [];
  const member = LOCAL.test(source) ? undefined : members.get(name);
  if (protocol === undefined && member === undefined) return;
  const cure =
    member === undefined
      ? 'Write a range such as "^1.2.0", or a folder such as "file:../lib".'
      : `Write "file:${member}".`;
  const reason =
    protocol === undefined
      ? 'it is a member of the same workspace, which is not looked at; the package registry might have another of that name'
      : `npm knows no "${protocol}:"`;
  throw new BulkheadError('PACKAGE_SOURCE_UNSUPPORTED', { plugin: id, packageName: name, source, reason, cure });
}

/** npm would tell of a package.json that it can't read. */
async function pathOf({ id, folder }: PluginSpec, packageName: string, source: string): Promise<string> {
  const written = /^file:\/\/\//i.test(source)
    ? fileURLToPath(source)
    : source.replace(/^file:(?:\/\/(?=\.{0,2}\/|~\/))?/, '');
  const path = /^~[\\/]/.test(written) ? resolve(homedir(), written.slice(2)) : resolve(folder, written);
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined) return path;
  const cure = 'Correct the path, which is relative to the package.json.';
  throw new BulkheadError('PACKAGE_SOURCE_UNSUPPORTED', {
    plugin: id,
    packageName,
    source,
    reason: 'nothing is there',
    cure,
  });
}
