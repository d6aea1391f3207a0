import { relative, sep } from 'node:path';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { SuspectPackage, TrialFix } from '../../errors/catalogue/environment.ts';
import { asReason } from '../../errors/as-reason.ts';
import type { HideSecrets } from '../../lifecycle/hide-secrets.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import { shownOutput } from '../build/shown-output.ts';
import { type InstalledPackage, recordedFiles } from './installed-packages.ts';
import type { ReleaseDates } from '../uv/release-dates.ts';
import { dayToGoBackTo } from '../../requirements/day-to-go-back-to.ts';
import { normaliseName } from '../../requirements/package-name.ts';
import type { ImportFailure } from './trial-import.ts';

/** The environment in which an import failed. */
export interface TrialCircumstances {
  readonly plugin: string;
  readonly sitePackages: string;
  readonly packages: readonly InstalledPackage[];
  /** Distributions that are asked for in exactly one version: a day before their release can't be the cure. */
  readonly pinned: readonly string[];
  readonly released: ReleaseDates;
  /** For the secrets of the plugin, which the packages could read. */
  readonly hide: HideSecrets;
}

/** The last line of a traceback may hold any value of a package. */
const LONGEST_REASON = 2_000;

/** A shape of failure: which other package has to do with it, and which requirements would mend it. */
interface Finding {
  readonly culprit: string | undefined;
  readonly add: readonly string[];
  readonly hint?: string;
}

/** Turns a failed import into an error that names the packages that don't fit, and what may be changed. */
export async function trialError(
  told: ImportFailure,
  found: TrialCircumstances,
): Promise<BulkheadError<'TRIAL_IMPORT_FAILED'>> {
  const reason = visibleLine(told.reason, LONGEST_REASON, found.hide);
  const failure = { ...told, reason, output: shownOutput(told.output, found.hide) };
  const victim = (await ownerOfLastFile(failure, found)) ?? failure.distribution;
  const finding = find(failure, victim, found);
  const names = [...new Set([victim, ...(finding.culprit === undefined ? [] : [finding.culprit])])];
  const packages = names.flatMap((name) => suspect(name, found));
  const asOf = finding.culprit === undefined ? undefined : goBackTo(packages, found);
  const fixes: TrialFix[] = [
    ...(asOf === undefined ? [] : [{ field: 'as_of' as const, value: asOf }]),
    ...(finding.add.length === 0 ? [] : [{ field: 'dependencies' as const, add: finding.add }]),
  ];
  const cures = [...fixes.map(inWords), ...(finding.hint === undefined ? [] : [finding.hint])];
  const details = {
    plugin: found.plugin,
    module: failure.module,
    reason: asReason(failure.reason),
    packages,
    cures,
    fixes,
  };
  return new BulkheadError('TRIAL_IMPORT_FAILED', details, { cause: new Error(failure.output.trim()) });
}

function inWords(fix: TrialFix): string {
  return fix.field === 'as_of'
    ? `set \`as_of: ${fix.value}\` for the plugin in the registry`
    : `add ${fix.add.map((each) => `"${each}"`).join(', ')} to the plugin's \`dependencies\``;
}

function find({ reason, output }: ImportFailure, victim: string, { packages }: TrialCircumstances): Finding {
  const version = (name: string): string | undefined => packages.find((each) => each.name === name)?.version;
  if (
    /numpy\.dtype size changed|numpy\.core\.multiarray failed to import|_ARRAY_API not found|compiled using NumPy 1|numpy\.(ndarray|ufunc) size changed/.test(
      `${reason}\n${output}`,
    )
  ) {
    return { culprit: 'numpy', add: Number.parseInt(version('numpy') ?? '0', 10) >= 2 ? ['numpy<2'] : [] };
  }
  const [, missing] = /No module named '([\w.]+)'/.exec(reason) ?? [];
  if (missing !== undefined) return missingModule(missing, victim);
  const [, library] =
    /(\S+\.(?:so(?:\.\d+)*|dylib)): cannot open shared object file|(?:Library not loaded: (\S+))/.exec(reason) ?? [];
  if (library !== undefined)
    return { culprit: undefined, add: [], hint: `install the system library ${library}, which ${victim} is linked to` };
  const [, from] =
    /cannot import name '[^']*' from (?:partially initialized module )?'([\w.]+)'/.exec(reason) ??
    /module '([\w.]+)' has no attribute/.exec(reason) ??
    [];
  const culprit = from === undefined ? undefined : normaliseName(from.split('.')[0] ?? '');
  if (culprit !== undefined && culprit !== victim && version(culprit) !== undefined)
    return { culprit, add: below(culprit, version(culprit) ?? '') };
  if (/undefined symbol|symbol not found/i.test(reason)) return { culprit: newestBeside(victim, packages), add: [] };
  return { culprit: undefined, add: [] };
}

/** Modules that used to be there in every environment, or in Python itself, and what brings them back. */
function missingModule(module: string, victim: string): Finding {
  const top = module.split('.')[0] ?? module;
  if (top === 'pkg_resources' || top === 'distutils') return { culprit: 'setuptools', add: ['setuptools<81'] };
  if (top === 'imp' || top === 'asyncore' || top === 'asynchat')
    return {
      culprit: undefined,
      add: [],
      hint: 'set `python_version: "3.11"` for the plugin: Python 3.12 no longer has that module',
    };
  return {
    culprit: undefined,
    add: [],
    hint: `add the package that provides ${module} to the plugin's \`dependencies\`: ${victim} uses it and doesn't ask for it`,
  };
}

/** The series before the installed one. */
function below(name: string, version: string): string[] {
  const major = Number.parseInt(version, 10);
  return major >= 1 ? [`${name}<${major}`] : [];
}

/** Which library a symbol is missing from isn't said; of those that such extensions are linked to, what is there is suspected. */
function newestBeside(victim: string, packages: readonly InstalledPackage[]): string | undefined {
  return ['torch', 'tensorflow', 'numpy', 'pyarrow'].find(
    (name) => name !== victim && packages.some((each) => each.name === name),
  );
}

function suspect(name: string, { packages, released }: TrialCircumstances): SuspectPackage[] {
  const installed = packages.find((each) => each.name === name);
  return installed === undefined ? [] : [{ name, version: installed.version, released: released.get(name) }];
}

function goBackTo(suspects: readonly SuspectPackage[], { pinned, released }: TrialCircumstances): string | undefined {
  return dayToGoBackTo(
    suspects.flatMap((each) => each.released ?? []),
    pinned.flatMap((name) => released.get(name) ?? []),
  );
}

/** The distribution whose file raised: not always the one that was imported. */
async function ownerOfLastFile(
  { files }: ImportFailure,
  { sitePackages, packages }: TrialCircumstances,
): Promise<string | undefined> {
  const inside = files
    .map((file) => relative(sitePackages, file))
    .filter((path) => !path.startsWith('..') && path !== '');
  const last = inside.at(-1)?.split(sep).join('/');
  if (last === undefined) return undefined;
  for (const each of packages) if ((await recordedFiles(each)).includes(last)) return each.name;
  return undefined;
}
