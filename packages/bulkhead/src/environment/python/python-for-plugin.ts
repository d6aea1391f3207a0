import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { SharedLooks } from '../shared-looks.ts';
import type { StateFolder } from '../state-folder.ts';
import { choosePython, describeWanted, isTooOld, wantedPython, type WantedPython } from './choose-python.ts';
import { releaseOf } from '../../requirements/python-version.ts';
import { compareReleases } from '../../requirements/version.ts';
import { type DiscoveredPython, type Discovery, discoverPythons } from './python-discovery.ts';

/** What is to be had when no Python on the machine fits: undefined, or why not. Afterwards the machine is searched again. */
export type PythonInstaller = (
  wanted: WantedPython,
  pythons: readonly DiscoveredPython[],
) => Promise<Error | undefined>;

export interface PythonChoice {
  readonly python: DiscoveredPython;
  readonly pythons: readonly DiscoveredPython[];
}

/** @throws BulkheadError `PYTHON_NOT_FOUND` */
export async function pythonForPlugin(
  spec: PluginSpec,
  requires: string | undefined,
  search: {
    readonly state: StateFolder;
    readonly variables: NodeJS.ProcessEnv;
    readonly signal: AbortSignal;
    readonly looks: SharedLooks;
    readonly install?: PythonInstaller;
  },
): Promise<PythonChoice> {
  const { state, variables } = search;
  const look = async (): Promise<Discovery> =>
    await search.looks.find(
      'Pythons',
      async (signal) => await discoverPythons(state, variables, signal),
      search.signal,
    );
  const wanted = await wantedPython(spec.environment.python, spec.folder, requires);
  let discovery = await look();
  let python = choosePython(discovery.pythons, wanted);
  let cause: Error | undefined;
  if (python === undefined && search.install !== undefined && !isTooOld(wanted, discovery.pythons)) {
    cause = await search.install(wanted, discovery.pythons);
    discovery = await look();
    python = choosePython(discovery.pythons, wanted);
  }
  if (python !== undefined) return { python, pythons: discovery.pythons };
  const newestFirst = discovery.pythons.toSorted((left, right) =>
    compareReleases(releaseOf(right.version) ?? [], releaseOf(left.version) ?? []),
  );
  const found = [...new Set(newestFirst.map(({ version, origin }) => `${version} (${origin})`))];
  const details = {
    plugin: spec.id,
    wanted: describeWanted(wanted, discovery.pythons),
    found,
    searched: discovery.searched,
  };
  throw new BulkheadError('PYTHON_NOT_FOUND', details, cause === undefined ? {} : { cause });
}
