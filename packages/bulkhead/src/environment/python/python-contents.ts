import { join, relative } from 'node:path';
import { hideSecrets } from '../../lifecycle/hide-secrets.ts';
import type { BuildContext } from '../build/build-environment.ts';
import type { CompleteEnvironment } from '../build/build-folders.ts';
import type { Contents, Installed } from '../build/contents.ts';
import type { EnvironmentRecord } from '../build/environment-record.ts';
import { installedSources } from '../build/installed-sources.ts';
import { linkEnvironment } from '../build/plugin-link.ts';
import { haveSameContents } from '../build/same-contents.ts';
import { offerSdk } from '../build/sdk-for-tools.ts';
import { findSitePackages } from '../build/site-packages.ts';
import type { PythonInterpreter, PythonRuntime } from '../ready-environment.ts';
import { installedPackages } from '../trial/installed-packages.ts';
import { trialError } from '../trial/trial-diagnosis.ts';
import { tryImports } from '../trial/trial-import.ts';
import type { ReleaseDates } from '../uv/release-dates.ts';

/** What a builder knows of the environment that it plans. */
export interface PlannedPython {
  readonly python: PythonInterpreter;
  /** Normalised names of what was asked for, for the trial import. */
  readonly direct: readonly string[];
  /** Those of `direct` that are asked for in one version only. */
  readonly pinned: readonly string[];
  /** When the packages in it were published, where the builder knows. */
  released(prefix: string): Promise<ReleaseDates>;
}

/** A virtual environment: what uv makes, and venv. */
export class PythonContents implements Contents<PythonRuntime> {
  readonly #planned: PlannedPython;
  readonly #context: BuildContext;

  constructor(planned: PlannedPython, context: BuildContext) {
    this.#planned = planned;
    this.#context = context;
  }

  async read(prefix: string): Promise<Installed> {
    const sitePackages = await findSitePackages(prefix);
    const packages = await installedPackages(sitePackages);
    return {
      packages: Object.fromEntries(packages.map(({ name, version }) => [name, version])),
      sources: await installedSources(sitePackages),
      parts: { python: this.#planned.python, sitePackages: relative(prefix, sitePackages) },
    };
  }

  async areSame(one: string, other: string): Promise<boolean> {
    return await haveSameContents(await findSitePackages(one), await findSitePackages(other));
  }

  async tryOut(prefix: string, signal: AbortSignal): Promise<void> {
    const { spec, variables, reporter } = this.#context;
    const { direct, pinned, released } = this.#planned;
    const sitePackages = await findSitePackages(prefix);
    const packages = await installedPackages(sitePackages);
    const trial = {
      prefix,
      folder: spec.folder,
      packages,
      direct,
      hostVariables: variables,
      pluginVariables: spec.launch,
      signal,
    };
    const failure = await tryImports(trial, reporter);
    if (failure === undefined) return;
    throw await trialError(failure, {
      plugin: spec.id,
      sitePackages,
      packages,
      pinned,
      released: await released(prefix),
      hide: hideSecrets(spec.secrets),
    });
  }

  async offer(environment: CompleteEnvironment): Promise<string | undefined> {
    const { sdk, state, spec } = this.#context;
    if (sdk !== undefined) await offerSdk(sitePackagesOf(environment.prefix, environment.record), state, sdk);
    return await linkEnvironment(spec.folder, '.venv', environment);
  }

  runtime(prefix: string, record: EnvironmentRecord): PythonRuntime {
    return { kind: 'python', prefix, sitePackages: sitePackagesOf(prefix, record), python: this.#planned.python };
  }
}

function sitePackagesOf(prefix: string, record: EnvironmentRecord): string {
  if (record.python === undefined) throw new Error(`the record of ${prefix} is not that of a Python environment`);
  return join(prefix, record.sitePackages);
}
