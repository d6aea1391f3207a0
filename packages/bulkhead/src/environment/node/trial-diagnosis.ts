import { join, sep } from 'node:path';
import { satisfies } from 'semver';
import { asReason } from '../../errors/as-reason.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { HideSecrets } from '../../lifecycle/hide-secrets.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { shownOutput } from '../build/shown-output.ts';
import type { NodeInterpreter } from '../ready-environment.ts';
import { type LockedPackages, nameAt } from './npm-lock.ts';
import { nodeRangeIn, packageFields } from './package-fields.ts';
import type { NodeImportFailure } from './trial-import.ts';

/** The environment in which an import failed. */
export interface NodeTrialCircumstances {
  readonly spec: PluginSpec;
  readonly prefix: string;
  readonly node: NodeInterpreter;
  readonly packages: LockedPackages;
  readonly hide: HideSecrets;
}

/** A message may hold any value of a package. */
const LONGEST_REASON = 2_000;
const IN_PACKAGE_JSON = "the plugin's `dependencies` in package.json";

/** Turns a failed import into an error that names the package, and what may be changed. */
export async function nodeTrialError(
  told: NodeImportFailure,
  found: NodeTrialCircumstances,
): Promise<BulkheadError<'TRIAL_IMPORT_FAILED'>> {
  const reason = visibleLine(told.reason, LONGEST_REASON, found.hide);
  const output = shownOutput(told.output, found.hide);
  const places = told.files.flatMap((file) => placeOf(file, found) ?? []);
  const place = places[0] ?? `node_modules/${told.module}`;
  const cures = await curesFor(told.module, reason, place, found);
  const names = [...new Set([place, `node_modules/${told.module}`])];
  const packages = names.flatMap((each) => {
    const version = found.packages[each]?.['version'];
    return typeof version === 'string' ? [{ name: nameAt(each), version, released: undefined }] : [];
  });
  const details = { plugin: found.spec.id, module: told.module, reason: asReason(reason), packages, cures, fixes: [] };
  const cause = output.trim() === '' ? undefined : new Error(output.trim());
  return new BulkheadError('TRIAL_IMPORT_FAILED', details, cause === undefined ? {} : { cause });
}

async function curesFor(
  module: string,
  reason: string,
  place: string,
  found: NodeTrialCircumstances,
): Promise<string[]> {
  const { packages, node } = found;
  const victim = nameAt(place);
  if (/NODE_MODULE_VERSION/.test(reason))
    return [
      `take a version of ${victim} that is compiled for Node ${node.version}, or let \`engines\` in the plugin's package.json ask for the Node that it was compiled for`,
    ];
  const [, symbol] = /version `((?:GLIBC|GLIBCXX|CXXABI)_[\d.]+)' not found/.exec(reason) ?? [];
  if (symbol !== undefined)
    return [`take an older version of ${victim}: it needs ${symbol}, which is newer than this system`];
  const [, library] =
    /(\S+\.(?:so(?:\.\d+)*|dylib)): cannot open shared object file|Library not loaded: (\S+)/.exec(reason) ?? [];
  if (library !== undefined) return [`install the system library ${library}, which ${victim} is linked to`];
  const unrun = unrunScript(module, place, packages);
  if (unrun !== undefined && isMissingBuild(reason))
    return [
      `take a version of ${unrun}, or another package, that comes compiled: its install script would have compiled or fetched the missing part, and install scripts are not run`,
      'run the plugin in an image that has it, by `isolation: docker`',
    ];
  const [, missing] = /Cannot find (?:package|module) '([^']+)'/.exec(reason) ?? [];
  if (missing !== undefined && !/^[./\\]/.test(missing)) {
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(missing)?.[0] ?? missing;
    return [`add "${name}" to ${IN_PACKAGE_JSON}: ${victim} uses it and doesn't ask for it`];
  }
  const wanted = nodeRangeIn(await packageFields(join(found.prefix, place)));
  if (wanted !== undefined && !satisfies(node.version, wanted))
    return [
      `write \`"engines": { "node": "${wanted}" }\` into the plugin's package.json, or take a version of ${victim} for Node ${node.version}: this one asks for ${wanted}`,
    ];
  return [];
}

/** What packages say whose compiled part is not there. */
function isMissingBuild(reason: string): boolean {
  return /bindings file|native build|prebuil[dt]|node-gyp|\.node\b|binding|compiled/i.test(reason);
}

/** Of the package itself, or of one that it brings along. */
function unrunScript(module: string, place: string, packages: LockedPackages): string | undefined {
  const mine = [place, `node_modules/${module}`].find((each) => packages[each]?.['hasInstallScript'] === true);
  const other = Object.keys(packages).find((each) => packages[each]?.['hasInstallScript'] === true);
  const found = mine ?? other;
  return found === undefined ? undefined : nameAt(found);
}

/** The package whose file it is: `node_modules/a/node_modules/b`. */
function placeOf(file: string, { prefix, packages }: NodeTrialCircumstances): string | undefined {
  if (!file.startsWith(`${prefix}${sep}`)) return undefined;
  const inside = file
    .slice(prefix.length + 1)
    .split(sep)
    .join('/');
  const place = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(inside)?.[1];
  return place !== undefined && Object.hasOwn(packages, place) ? place : undefined;
}
