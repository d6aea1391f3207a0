import type { PluginSpec } from '../registry/plugin-spec.ts';
import { ContainerTier } from './docker/container-tier.ts';
import type { ContainerStages } from './docker/container-stages.ts';
import { DockerLauncher } from './docker/docker-launcher.ts';
import { ForkserverLauncher } from './forkserver/forkserver-launcher.ts';
import { ProcessTier } from './forkserver/process-tier.ts';
import { GoPluginLauncher } from './go-plugin/go-plugin-launcher.ts';
import { GrpcLauncher } from './grpc/grpc-launcher.ts';
import type { Launcher } from './launcher.ts';
import type { PluginGroups } from './thread/plugin-groups.ts';
import { ThreadLauncher } from './thread/thread-launcher.ts';
import { ProcessLauncher } from './process/process-launcher.ts';
import { ServiceLauncher } from './zeromq/service-launcher.ts';
import { ZeromqLauncher } from './zeromq/zeromq-launcher.ts';

/** What launchers need of the host, and share between plugins. */
export interface LauncherStages extends ContainerStages {
  readonly groups: PluginGroups;
  /** Called when a plugin leaves the tier that the registry names. */
  readonly fellBack: (plugin: string, reason: string) => void;
}

/** The launcher of one plugin. */
export function launcherFor({ launch }: PluginSpec, stages: LauncherStages): Launcher {
  const { isolation, start, transport, pattern } = launch;
  switch (isolation) {
    case 'docker':
      return start === 'spawn' ? new DockerLauncher(stages) : new ForkserverLauncher(stages, new ContainerTier(stages));
    case 'thread': {
      const { groups, fellBack, processes } = stages;
      return new ThreadLauncher({
        groups,
        fellBack,
        note: (instance, start) => processes.note(instance, { start }),
        apart: () => new ForkserverLauncher(stages, new ProcessTier(stages)),
      });
    }
    case 'process':
      if (transport === 'grpc') return new GrpcLauncher(stages);
      if (transport === 'go-plugin') return new GoPluginLauncher(stages);
      if (transport === 'zeromq') return pattern === 'rep' ? new ServiceLauncher(stages) : new ZeromqLauncher(stages);
      return start === 'spawn' ? new ProcessLauncher(stages) : new ForkserverLauncher(stages, new ProcessTier(stages));
  }
}
