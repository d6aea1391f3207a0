import type { Launcher, LaunchRequest, LauncherStatus, StartMode } from '../launcher.ts';
import type { RunningInstance } from '../running-instance.ts';
import type { ProcessStages } from './process-stages.ts';

/** A launcher that starts each instance as a process of its own, and runs nothing besides. */
export abstract class SpawningLauncher implements Launcher {
  protected readonly stages: ProcessStages;
  readonly #mode: StartMode;
  #lastStart: StartMode | undefined;

  constructor(stages: ProcessStages, reason: string) {
    this.stages = stages;
    this.#mode = { mode: 'spawn', reason };
  }

  get status(): LauncherStatus {
    return { lastStart: this.#lastStart, spares: 0 };
  }

  async launch(request: LaunchRequest): Promise<RunningInstance> {
    const instance = await this.start(request);
    if (instance.identity.process === undefined) return instance; // it ran already
    this.#lastStart = this.#mode;
    const { generation } = request;
    this.stages.processes.note(instance.identity, { role: 'instance', generation, start: this.#mode });
    return instance;
  }

  /** Does nothing: this launcher runs nothing besides instances. */
  async close(): Promise<void> {}

  protected abstract start(request: LaunchRequest): Promise<RunningInstance>;
}
