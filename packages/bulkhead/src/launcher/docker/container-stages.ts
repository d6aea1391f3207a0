import type { ProcessStages } from '../process/process-stages.ts';
import type { PluginContainers } from './plugin-containers.ts';

/** What starts containers, for all plugins of a host. */
export interface ContainerStages extends ProcessStages {
  readonly containers: PluginContainers;
}
