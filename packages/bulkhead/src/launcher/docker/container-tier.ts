import type { ForkTier, StartedInstance } from '../forkserver/fork-tier.ts';
import type { Fork } from '../forkserver/fork.ts';
import { NO_GENERATION } from '../forkserver/start-template.ts';
import { Template } from '../forkserver/template.ts';
import { hideSecrets } from '../../lifecycle/hide-secrets.ts';
import type { LaunchRequest, StartMode } from '../launcher.ts';
import { Container } from './container-instance.ts';
import { ContainerFork } from './container-fork.ts';
import type { ContainerStages } from './container-stages.ts';
import { startContained } from './docker-launcher.ts';
import { ForkFolders } from './fork-folders.ts';
import { inContainer } from './in-container.ts';
import { startContainer } from './start-container.ts';

/** As long as any mark. */
const SOME_MARK = '0'.repeat(24);

/** A template runs in a container, and its forks beside it in the same one. */
export class ContainerTier implements ForkTier {
  readonly #stages: ContainerStages;

  constructor(stages: ContainerStages) {
    this.#stages = stages;
  }

  whyAlone(
    { environment: { runtime }, spec: { launch, pool } }: Pick<LaunchRequest, 'environment' | 'spec'>,
    isFirst: boolean,
  ): string | undefined {
    if (launch.imageCommand) return 'its image starts it';
    if (runtime.node !== undefined) return 'a process of Node can not be forked';
    if (runtime.python?.implementation !== 'cpython')
      return `templates are not made of ${runtime.python?.implementation}`;
    if (launch.start !== 'auto' || pool.instances.spare > 0) return undefined;
    const isOneAtATime = pool.instances.max === 1;
    const isLimited = Object.values(launch.resources).some((limit) => limit !== undefined);
    if (isLimited && !isOneAtATime) return 'forks in one container would share its limits';
    // The second of several instances is to be there at once: so the first container is that of a template already.
    return isFirst && isOneAtATime ? 'a template pays from the second start on' : undefined;
  }

  problem(): Promise<string | undefined> {
    return Promise.resolve(ForkFolders.problem(this.#stages.containers.socketsOf(SOME_MARK)));
  }

  async startAlone(request: LaunchRequest, reason: string): Promise<StartedInstance> {
    const start: StartMode = { mode: 'container', reason };
    return { instance: await startContained(request, start, this.#stages), start };
  }

  async startTemplate(request: LaunchRequest): Promise<Template> {
    const { containers, processes } = this.#stages;
    const { spec } = request;
    const role = 'template';
    const wanted = await inContainer({ ...request, generation: NO_GENERATION }, role, this.#stages);
    const started = await startContainer({ ...wanted, sockets: ['channel'] }, this.#stages);
    const { parts, sockets, entry, folder } = started;
    const container = new Container(parts);
    containers.watch(parts.id, () => container.hits.ranOutOfMemory());
    const place = { container: parts.name };
    processes.adopt({ identity: parts.identity.process, entry, ended: parts.ended }, spec, { role, ...place });
    return new Template({
      plugin: spec.id,
      hide: hideSecrets(spec.secrets),
      process: container,
      entry,
      takeUp: async (fork, forkRole) => processes.adopt(fork, spec, { role: forkRole, ...place }),
      channel: sockets.channel,
      stopLimit: spec.calls.timeouts.stop,
      sockets: new ForkFolders(spec.id, folder),
      instance: this.#instances(spec, container),
    });
  }

  async close(): Promise<void> {
    await this.#stages.containers.settled();
  }

  #instances(spec: LaunchRequest['spec'], container: Container): (fork: Fork, generation: number) => ContainerFork {
    const running = new Set<Fork>();
    return (fork, generation) => {
      running.add(fork);
      void fork.ended.then(() => running.delete(fork));
      const named = { generation, name: `fork ${fork.number} of ${container.identity.name}` };
      const identity = fork.identity === undefined ? named : { ...named, process: fork.identity };
      return new ContainerFork({
        plugin: spec.id,
        identity,
        fork,
        container,
        output: this.#stages.processes.capture(spec, identity, fork.output),
        memoryLimit: spec.launch.resources.memory,
        isShared: () => [...running].some((other) => other !== fork),
      });
    };
  }
}
