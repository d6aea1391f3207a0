import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { ForkserverLauncher } from './forkserver/forkserver-launcher.ts';
import type { Launcher } from './launcher.ts';
import { ProcessLauncher, type ProcessStages } from './process/process-launcher.ts';

/** What launchers need of the host, and share between plugins. */
export type LauncherStages = ProcessStages;

/** The launcher of one plugin. @throws BulkheadError `ISOLATION_UNAVAILABLE` */
export function launcherFor(spec: PluginSpec, stages: LauncherStages): Launcher {
  const problem = isolationProblem(spec);
  if (problem !== undefined) throw problem;
  return spec.launch.start === 'spawn' ? new ProcessLauncher(stages) : new ForkserverLauncher(stages);
}

/** Why no launcher can run the plugin as it is to be isolated; undefined if one can. */
export function isolationProblem({ id, launch: { isolation } }: PluginSpec): BulkheadError | undefined {
  if (isolation === 'process') return undefined;
  return new BulkheadError('ISOLATION_UNAVAILABLE', { plugin: id, isolation });
}
