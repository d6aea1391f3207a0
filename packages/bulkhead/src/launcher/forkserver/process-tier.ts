import type { LaunchRequest } from '../launcher.ts';
import { spawnInstance } from '../process/process-launcher.ts';
import type { ProcessStages } from '../process/process-stages.ts';
import type { ForkTier, StartedInstance } from './fork-tier.ts';
import { InheritedListener } from './inherited-listener.ts';
import { startTemplate } from './start-template.ts';
import type { Template } from './template.ts';

/** Templates and their forks are processes of this machine. */
export class ProcessTier implements ForkTier {
  readonly #stages: ProcessStages;

  constructor(stages: ProcessStages) {
    this.#stages = stages;
  }

  whyAlone(
    { environment: { runtime }, spec: { launch, pool } }: Pick<LaunchRequest, 'environment' | 'spec'>,
    isFirst: boolean,
  ): string | undefined {
    // Other systems don't tell whether a library has left a thread running.
    if (process.platform !== 'linux') return 'templates are made on Linux only';
    if (launch.transport !== 'socket') return 'forks talk over sockets, and the registry asks for another transport';
    if (runtime.node !== undefined) return 'a process of Node can not be forked';
    if (runtime.python?.implementation !== 'cpython')
      return `templates are not made of ${runtime.python?.implementation}`;
    if (launch.start !== 'auto' || pool.instances.spare > 0) return undefined;
    // What a template's import does is less confined: it has to be able to fork.
    if (launch.confined) return 'a sandbox is tighter without a template';
    return isFirst ? 'a template pays from the second start on' : undefined;
  }

  problem(): Promise<string | undefined> {
    return InheritedListener.problem();
  }

  async startAlone(request: LaunchRequest, reason: string): Promise<StartedInstance> {
    return { instance: await spawnInstance(request, this.#stages), start: { mode: 'spawn', reason } };
  }

  startTemplate(request: LaunchRequest): Promise<Template> {
    return startTemplate(request, this.#stages);
  }

  /** Does nothing: each process belongs to an instance or a template. */
  async close(): Promise<void> {}
}
