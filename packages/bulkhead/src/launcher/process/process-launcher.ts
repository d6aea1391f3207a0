import { commandFor, type LanguageOptions } from '../../languages/command-for.ts';
import type { InstanceCommand } from '../../languages/instance-command.ts';
import type { Launcher, LaunchRequest, LauncherStatus, StartMode } from '../launcher.ts';
import type { RunningInstance } from '../running-instance.ts';
import { channelsOf, INSTANCE_DESCRIPTORS } from './descriptors.ts';
import { ProcessInstance } from './process-instance.ts';
import type { PluginProcesses } from './spawn-process.ts';

/** What starts processes, for all plugins of a host. */
export interface ProcessStages {
  readonly processes: PluginProcesses;
  readonly languages: LanguageOptions;
}

const SPAWNED: StartMode = { mode: 'spawn', reason: 'the registry asks for it' };

/** Starts each instance as a process of its own. */
export class ProcessLauncher implements Launcher {
  readonly #stages: ProcessStages;
  #lastStart: StartMode | undefined;

  constructor(stages: ProcessStages) {
    this.#stages = stages;
  }

  get status(): LauncherStatus {
    return { lastStart: this.#lastStart, spares: 0 };
  }

  async launch(request: LaunchRequest): Promise<RunningInstance> {
    const instance = await spawnInstance(request, this.#stages);
    this.#lastStart = SPAWNED;
    const { generation } = request;
    this.#stages.processes.note(instance.identity, { role: 'instance', generation, start: SPAWNED });
    return instance;
  }

  /** Does nothing: this launcher runs nothing besides instances. */
  async close(): Promise<void> {}
}

/** Spawns an instance with the protocol's two socket pairs as descriptors 3 and 4. @throws BulkheadError `PLUGIN_LAUNCH_FAILED` */
export async function spawnInstance(
  { environment, spec, generation, signal }: LaunchRequest,
  { processes, languages }: ProcessStages,
): Promise<RunningInstance> {
  signal.throwIfAborted();
  const descriptors = INSTANCE_DESCRIPTORS;
  const command = (scratch: string | undefined): Promise<InstanceCommand> =>
    commandFor({ environment, spec, scratch }, channelsOf(descriptors), languages);
  const { sockets, ...parts } = await processes.spawn({ command, spec, generation, role: 'instance', descriptors });
  const [, , , data, control] = sockets;
  if (data === undefined || control === undefined) throw new Error('the child was given no sockets');
  return new ProcessInstance({ kind: 'socket-pair', data, control }, parts);
}
