import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { BuildContext, BuildPlan } from '../build/build-environment.ts';
import { BUILD_MARK, builderVariables } from '../build/builder-variables.ts';
import { runBuilder } from '../build/builder-process.ts';
import { type ConfiguredIndex, configuredIndexForUv } from '../requirements/configured-index.ts';
import type { DeclaredProject } from '../requirements/declared-project.ts';
import { interpreterOf, pythonIdentity } from '../environment-options.ts';
import { hashOf } from '../build/identity.ts';
import { lockOfHashedFiles } from '../dependency-files/check-hashes.ts';
import { localSources } from '../requirements/local-sources.ts';
import { pythonForPlugin, type PythonChoice, type PythonInstaller } from '../python/python-for-plugin.ts';
import { installPython } from '../python/uv-python.ts';
import { uvError } from '../build/resolver-diagnosis.ts';
import { projectToBuild } from '../requirements/shared-project.ts';
import { findUv, obtainUv } from '../fetched/uv-binary.ts';
import { tellUvLine } from './uv-progress.ts';
import { effectiveSettings, excludeNewer, identifyingSettings, projectText, sourcePaths } from './uv-project.ts';
import { UV_VERSION } from '../fetched/uv-release.ts';
import { type WantedPackages, wantedPackages } from '../requirements/wanted-packages.ts';
import type { TomlTable } from '../requirements/toml-table.ts';

/** Everything that decides what uv is asked to do. */
interface UvRequest {
  readonly spec: PluginSpec;
  readonly declared: DeclaredProject;
  readonly wanted: WantedPackages;
  readonly settings: TomlTable;
  readonly choice: PythonChoice;
  readonly index: ConfiguredIndex;
  /** `locked`: the plugin's own lock decides; `preferred`: it is a wish, for the registry adds to it; `none`: there is none that counts. */
  readonly lock: 'locked' | 'preferred' | 'none';
}

/** Plans environments that uv makes: one project and one lock for each plugin, from its own files and the registry's additions. */
export async function planWithUv(context: BuildContext, mayInstall: boolean): Promise<BuildPlan> {
  const request = await readRequest(context, mayInstall);
  const { spec, declared, wanted, choice, lock, settings, index } = request;
  const version = (await findUv(context))?.version ?? UV_VERSION;
  return {
    python: interpreterOf(choice.python),
    direct: wanted.direct,
    pinned: wanted.pinned,
    inputs: {
      builder: `uv ${version.split('.').slice(0, 2).join('.')}`,
      ...pythonIdentity(choice.python),
      requirements: lock === 'locked' ? [] : wanted.normalised,
      lock: declared.lock === undefined || lock === 'none' ? undefined : hashOf(declared.lock),
      settings:
        lock === 'locked'
          ? lockedSettings(spec, declared)
          : {
              ...identifyingSettings(settings),
              ...(declared.ownExtras === undefined ? {} : { extras: declared.ownExtras }),
              ...(declared.hashes === undefined ? {} : { hashes: declared.hashes }),
            },
      index: lock === 'locked' ? {} : index.fingerprint,
      localSources: await localSources([...wanted.paths, ...sourcePaths(settings)]),
      asOf: spec.environment.asOf,
    },
    build: async (prefix, workshop) => await runUv(request, context, prefix, workshop),
  };
}

async function readRequest(context: BuildContext, mayInstall: boolean): Promise<UvRequest> {
  const { variables } = context;
  const { spec, declared } = await projectToBuild(context.spec);
  const wanted = wantedPackages(spec, declared);
  const install: PythonInstaller = async (missing, pythons) => await installPython(missing, pythons, context);
  const choice = await pythonForPlugin(spec, declared.requiresPython, {
    ...context,
    ...(mayInstall ? { install } : {}),
  });
  const lock = lockMode(spec, declared, wanted);
  const settings = effectiveSettings(declared, spec.environment.asOf);
  return { spec, declared, wanted, choice, lock, settings, index: await configuredIndexForUv(variables, settings) };
}

function lockMode(spec: PluginSpec, { lock }: DeclaredProject, { added }: WantedPackages): UvRequest['lock'] {
  if (lock === undefined || spec.environment.asOf !== undefined) return 'none';
  if (!added) return 'locked';
  return namesPaths(lock) ? 'none' : 'preferred';
}

/** A lock file with paths means another thing in another folder. */
function lockedSettings({ folder }: PluginSpec, { lock }: DeclaredProject): Record<string, string> {
  return namesPaths(lock ?? '') ? { folder } : {};
}

function namesPaths(lock: string): boolean {
  return /source = \{ (?:directory|editable|path) = "/.test(lock);
}

async function runUv(request: UvRequest, context: BuildContext, prefix: string, workshop: string): Promise<string> {
  const { reporter, signal, variables } = context;
  const { spec } = request;
  const { python, pythons } = request.choice;
  const uv = await obtainUv(context, pythons, reporter);
  const project = request.lock === 'locked' ? spec.folder : workshop;
  if (project === workshop) await writeProject(request, workshop);
  reporter.tell(
    'resolving',
    request.lock === 'locked'
      ? 'installing from uv.lock'
      : `resolving ${request.wanted.texts.join(', ') || 'no packages'}`,
  );
  const run = async (args: readonly string[]): Promise<void> => {
    const { exitCode, output } = await runBuilder({
      file: uv.path,
      args,
      cwd: workshop,
      signal,
      variables: builderVariables(variables, {
        // a lock file says itself where its packages come from; another index would make it stale
        ...(request.lock === 'locked' ? {} : request.index.forUv),
        UV_PROJECT_ENVIRONMENT: prefix,
        UV_NO_WRAP: '1',
        [BUILD_MARK]: prefix,
      }),
      onLine: (line) => tellUvLine(line, reporter),
    });
    if (exitCode !== 0) throw uvError({ plugin: spec.id, output, python: `${python.version} (${python.executable})` });
  };
  const { hashes } = request.declared;
  if (hashes === undefined) await run(syncArguments(request, project));
  else {
    const lock = join(project, 'uv.lock');
    await run(lockArguments(request, project));
    await writeFile(lock, lockOfHashedFiles(await readFile(lock, 'utf8'), hashes, spec.id));
    await run([...syncArguments(request, project), '--frozen']);
  }
  await copyFile(join(project, 'uv.lock'), join(prefix, 'uv.lock'));
  return `uv ${uv.version}`;
}

/** One call locks, makes the environment and installs into it; a second would cost as much as the first. */
function syncArguments(request: UvRequest, project: string): string[] {
  return [
    'sync',
    ...commonArguments(request, project),
    '--no-default-groups',
    '--no-dev',
    '--no-editable',
    '--no-install-project',
    ...(request.lock === 'locked' ? ['--locked'] : []),
  ];
}

/** Locks alone, so that the outcome can be checked before anything is installed from it. */
function lockArguments(request: UvRequest, project: string): string[] {
  return ['lock', ...commonArguments(request, project)];
}

function commonArguments({ choice, spec }: UvRequest, project: string): string[] {
  const { asOf } = spec.environment;
  return [
    '--project',
    project,
    '--python',
    choice.python.executable,
    '--no-python-downloads',
    ...(asOf === undefined ? [] : ['--exclude-newer', excludeNewer(asOf)]),
  ];
}

async function writeProject({ declared, wanted, settings, choice, lock }: UvRequest, workshop: string): Promise<void> {
  const text = projectText(declared, wanted.texts, settings, choice.python);
  await writeFile(join(workshop, 'pyproject.toml'), text, { mode: 0o600 });
  if (lock === 'preferred' && declared.lock !== undefined) await writeFile(join(workshop, 'uv.lock'), declared.lock);
}
