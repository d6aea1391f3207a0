import { containerCommandFor } from '../../languages/command-for.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { Launcher, LaunchRequest, LauncherStatus, StartMode } from '../launcher.ts';
import type { RunningInstance } from '../running-instance.ts';
import type { ContainerStages } from './container-stages.ts';
import { CONTAINER_CHANNELS, startContainer } from './start-container.ts';

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
    const { environment, spec } = request;
    const { runtime } = environment;
    if (runtime.kind !== 'image') throw new BulkheadError('INTERNAL', { reason: 'only an image runs in a container' });
    const command = await containerCommandFor(
      { environment, spec },
      runtime,
      CONTAINER_CHANNELS,
      this.#stages.languages,
    );
    const instance = await startContainer({ ...request, runtime, command, start: STARTED }, this.#stages);
    this.#lastStart = STARTED;
    return instance;
  }

  async close(): Promise<void> {
    await this.#stages.containers.settled();
  }
}
