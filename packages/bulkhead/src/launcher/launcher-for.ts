import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { ForkserverLauncher } from './forkserver/forkserver-launcher.ts';
import type { Launcher } from './launcher.ts';
import { ProcessLauncher, type ProcessStages } from './process/process-launcher.ts';

/** What launchers need of the host, and share between plugins. */
export type LauncherStages = ProcessStages;

/** The launcher of one plugin. @throws BulkheadError `ISOLATION_UNAVAILABLE` */
export function launcherFor(spec: PluginSpec, stages: LauncherStages): Launcher {
  const { isolation, start } = spec.launch;
  if (isolation !== 'process') throw new BulkheadError('ISOLATION_UNAVAILABLE', { plugin: spec.id, isolation });
  return start === 'spawn' ? new ProcessLauncher(stages) : new ForkserverLauncher(stages);
}
