import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { BuildContext } from '../build/build-environment.ts';
import { pythonForPlugin, type PythonChoice, type PythonInstaller } from '../python/python-for-plugin.ts';
import { installPython } from '../python/uv-python.ts';
import { type ConfiguredIndex, configuredIndexForUv } from '../requirements/configured-index.ts';
import type { DeclaredProject } from '../requirements/declared-project.ts';
import { projectToBuild } from '../requirements/shared-project.ts';
import { tableAt, type TomlTable } from '../requirements/toml-table.ts';
import { type WantedPackages, wantedPackages } from '../requirements/wanted-packages.ts';
import { effectiveSettings } from './uv-project.ts';

/** Everything that decides what uv is asked to do. */
export interface UvRequest {
  readonly spec: PluginSpec;
  readonly declared: DeclaredProject;
  readonly wanted: WantedPackages;
  readonly settings: TomlTable;
  readonly choice: PythonChoice;
  readonly index: ConfiguredIndex;
  /** `locked`: the plugin's own lock decides; `preferred`: it is a wish, for the registry adds to it; `none`: there is none that counts. */
  readonly lock: 'locked' | 'preferred' | 'none';
}

/** @throws BulkheadError of the plugin's files and the registry's requirements */
export async function readRequest(context: BuildContext, mayInstall: boolean): Promise<UvRequest> {
  const { variables, looks } = context;
  const { spec, declared } = await projectToBuild(context.spec, looks);
  const wanted = wantedPackages(spec, declared);
  refuseOtherPlaces(spec, declared);
  const install: PythonInstaller = async (missing, pythons) => await installPython(missing, pythons, context);
  const settings = effectiveSettings(declared, spec.environment.asOf);
  const [choice, index] = await Promise.all([
    pythonForPlugin(spec, declared.requiresPython, { ...context, ...(mayInstall ? { install } : {}) }),
    configuredIndexForUv(variables, settings, looks),
  ]);
  return { spec, declared, wanted, choice, lock: lockMode(spec, declared, wanted), settings, index };
}

function lockMode(spec: PluginSpec, { lock, own }: DeclaredProject, { added }: WantedPackages): UvRequest['lock'] {
  if (own === undefined || lock === undefined || spec.environment.asOf !== undefined) return 'none';
  return added.length > 0 ? 'preferred' : 'locked';
}

/** uv would follow them, and leave the environment empty. */
function refuseOtherPlaces({ id }: PluginSpec, { settings }: DeclaredProject): void {
  const key = ['target', 'prefix'].find((each) => each in tableAt(settings, 'pip'));
  if (key === undefined) return;
  const reason = `[tool.uv.pip] sets \`${key}\`, which would install its packages elsewhere`;
  throw new BulkheadError('ENVIRONMENT_BUILD_FAILED', { plugin: id, reason });
}
