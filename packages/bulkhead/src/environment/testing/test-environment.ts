import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { isBulkheadError } from '../../errors/bulkhead-error.ts';
import { normaliseName } from '../../requirements/package-name.ts';
import { isProblem } from '../../requirements/problem.ts';
import { parseRequirement } from '../../requirements/requirement.ts';
import type { EnvironmentSpec, PluginSpec } from '../../registry/plugin-spec.ts';
import type { BuiltEnvironment, EnvironmentProvider, ProgressSink, PythonRuntime } from '../ready-environment.ts';
import { readDeclaredProject } from '../requirements/declared-project.ts';
import { readPluginFile } from '../requirements/plugin-file.ts';
import { tableAt } from '../requirements/toml-table.ts';
import { installedPackages } from '../trial/installed-packages.ts';

/** What authors call the packages that their tests need: a group, or an extra, of the first of these names. */
const NAMES = ['test', 'tests', 'testing', 'dev'];
const RUNNER = 'pytest';

/** Where a plugin's tests run. */
export interface TestEnvironment {
  readonly environment: BuiltEnvironment;
  /** Names of the packages whose versions differ from those that are served, because the test tools need others. */
  readonly differing: readonly string[];
}

/**
 * Makes the plugin's environment, and one more for its tests: the same packages in the same versions, and those that its
 * pyproject.toml names for tests, with pytest among them. The plugin's own does not change.
 *
 * @throws BulkheadError as `prepare`
 */
export async function prepareTestEnvironment(
  provider: EnvironmentProvider<PythonRuntime>,
  spec: PluginSpec,
  signal: AbortSignal,
  progress: ProgressSink,
): Promise<TestEnvironment> {
  const served = await provider.prepare(spec, signal, progress);
  const wanted = await withTestTools(spec);
  // a lock file decides the versions by itself
  const pins = served.lockedBy === undefined ? await pinsOf(served) : [];
  const environment = await provider
    .prepare(changed(wanted, { dependencies: [...wanted.environment.dependencies, ...pins] }), signal, progress)
    .catch(async (error: unknown) => {
      const isConflict =
        isBulkheadError(error) && (error.code === 'DEPENDENCIES_CONFLICT' || error.code === 'SHARING_IMPOSSIBLE');
      if (!isConflict || pins.length === 0) throw error;
      return await provider.prepare(wanted, signal, progress);
    });
  const differing = Object.entries(served.packages).filter(([name, version]) => environment.packages[name] !== version);
  return { environment, differing: differing.map(([name]) => name) };
}

async function withTestTools(spec: PluginSpec): Promise<PluginSpec> {
  const text = (await readPluginFile(spec.id, join(spec.folder, 'pyproject.toml'))) ?? '';
  const document = parse(text);
  const [groups, extras] = [
    tableAt(document, 'dependency-groups'),
    tableAt(document, 'project', 'optional-dependencies'),
  ].map((table) => Object.keys(table)) as [string[], string[]];
  const name = NAMES.find((each) => named(groups, each).length + named(extras, each).length > 0);
  const { environment } = spec;
  const asked =
    name === undefined
      ? spec
      : changed(spec, {
          groups: [...new Set([...environment.groups, ...named(groups, name)])],
          extras: [...new Set([...environment.extras, ...(named(groups, name).length > 0 ? [] : named(extras, name))])],
        });
  const { dependencies } = await readDeclaredProject(asked);
  if ([...dependencies, ...environment.dependencies].some(isRunner)) return asked;
  return changed(asked, { dependencies: [...environment.dependencies, RUNNER] });
}

function named(known: readonly string[], name: string): readonly string[] {
  return known.filter((each) => normaliseName(each) === name);
}

function isRunner(text: string): boolean {
  const requirement = parseRequirement(text);
  return !isProblem(requirement) && requirement.name === RUNNER;
}

/** A plugin that shares has its packages from all members of its group, of which it is one. What tests import is not tried before. */
function changed(spec: PluginSpec, change: Partial<EnvironmentSpec>): PluginSpec {
  const environment = { ...spec.environment, trialImport: false, ...change };
  const { share } = environment;
  if (share === undefined) return { ...spec, environment };
  const own: PluginSpec = { ...spec, environment: { ...environment, share: undefined } };
  const members = share.members.map((member) => (member.id === spec.id ? own : member));
  return { ...spec, environment: { ...environment, share: { ...share, members } } };
}

/** Not of what came from an address or a folder: the same requirement brings that again. */
async function pinsOf({ runtime }: BuiltEnvironment): Promise<readonly string[]> {
  const packages = await installedPackages(runtime.sitePackages);
  const pins = packages.map(async ({ name, version, metadata }) =>
    (await isThere(join(metadata, 'direct_url.json'))) ? [] : [`${name}==${version}`],
  );
  return (await Promise.all(pins)).flat();
}

async function isThere(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
