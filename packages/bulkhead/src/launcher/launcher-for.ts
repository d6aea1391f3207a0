import type { PluginSpec } from '../registry/plugin-spec.ts';
import type { ContainerStages } from './docker/container-stages.ts';
import { DockerLauncher } from './docker/docker-launcher.ts';
import { ForkserverLauncher } from './forkserver/forkserver-launcher.ts';
import type { Launcher } from './launcher.ts';
import { ProcessLauncher } from './process/process-launcher.ts';

/** What launchers need of the host, and share between plugins. */
export type LauncherStages = ContainerStages;

/** The launcher of one plugin. */
export function launcherFor(spec: PluginSpec, stages: LauncherStages): Launcher {
  switch (spec.launch.isolation) {
    case 'docker':
      return new DockerLauncher(stages);
    case 'process':
      return spec.launch.start === 'spawn' ? new ProcessLauncher(stages) : new ForkserverLauncher(stages);
  }
}
