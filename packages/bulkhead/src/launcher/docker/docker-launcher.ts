import type { Launcher, LaunchRequest, LauncherStatus, StartMode } from '../launcher.ts';
import type { RunningInstance } from '../running-instance.ts';
import { ContainerInstance } from './container-instance.ts';
import type { ContainerStages } from './container-stages.ts';
import { inContainer } from './in-container.ts';
import { startContainer } from './start-container.ts';

const STARTED: StartMode = { mode: 'container', reason: 'the registry asks for it' };

/** Starts each instance in a container of its own. */
export class DockerLauncher implements Launcher {
  readonly #stages: ContainerStages;
  #lastStart: StartMode | undefined;

  constructor(stages: ContainerStages) {
    this.#stages = stages;
  }

  get status(): LauncherStatus {
    return { lastStart: this.#lastStart, spares: 0 };
  }

  async launch(request: LaunchRequest): Promise<RunningInstance> {
    const instance = await startContained(request, STARTED, this.#stages);
    this.#lastStart = STARTED;
    return instance;
  }

  async close(): Promise<void> {
    await this.#stages.containers.settled();
  }
}

/** Starts an instance in a container of its own. @throws BulkheadError as `startContainer` */
export async function startContained(
  request: LaunchRequest,
  mode: StartMode,
  stages: ContainerStages,
): Promise<RunningInstance> {
  const { spec, generation } = request;
  const wanted = { ...(await inContainer(request, 'instance', stages)), sockets: ['data', 'control'] } as const;
  const { parts, sockets, entry } = await startContainer(wanted, stages);
  const instance = new ContainerInstance({ kind: 'socket-pair', data: sockets.data, control: sockets.control }, parts);
  stages.containers.watch(parts.id, () => instance.hits.ranOutOfMemory());
  const facts = { role: 'instance', generation, container: parts.name, start: mode } as const;
  stages.processes.adopt({ identity: parts.identity.process, entry, ended: parts.ended }, spec, facts);
  return instance;
}
