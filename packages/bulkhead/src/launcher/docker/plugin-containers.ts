import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerEngine } from '../../engine/container-engine.ts';
import { isLeftOver, MACHINE_LABEL, ownFilter } from '../../engine/container-labels.ts';
import type { EngineFinder } from '../../engine/engine-finder.ts';
import { jsonLines } from '../../engine/json-lines.ts';
import { isRecord } from '../../lifecycle/is-record.ts';
import { machineName } from '../../lifecycle/machine-name.ts';
import { wait } from '../../lifecycle/wait.ts';

export interface ContainersOptions {
  readonly engine: EngineFinder;
  /** Folder in which each container gets one with its sockets. */
  readonly sockets: string;
}

const REMOVAL_MILLISECONDS = 30_000;
/** Before events are asked for again of an engine that went away. */
const PAUSE_MILLISECONDS = 1_000;

/** The containers of this host's plugins: what they have in common, whichever plugin they are of. */
export class PluginContainers {
  readonly #options: ContainersOptions;
  readonly #closing = new AbortController();
  readonly #removals = new Set<Promise<void>>();
  /** Told when the kernel has ended a process of theirs for want of memory, by id. */
  readonly #running = new Map<string, () => void>();
  /** Engines that were swept, and that tell events. */
  readonly #known = new Set<ContainerEngine>();

  constructor(options: ContainersOptions) {
    this.#options = options;
  }

  /** @throws BulkheadError `ENGINE_ELSEWHERE` */
  engine(): ContainerEngine {
    const engine = this.#options.engine();
    if (!this.#known.has(engine)) {
      this.#known.add(engine);
      this.#track(this.#sweep(engine));
      void this.#listen(engine);
    }
    return engine;
  }

  socketsOf(mark: string): string {
    return join(this.#options.sockets, mark);
  }

  /** Calls `ranOut` whenever a process of that container is ended for want of memory, until the container is removed. */
  watch(id: string, ranOut: () => void): void {
    this.#running.set(id, ranOut);
  }

  /** Removes a container that has exited, or never started; what can't be removed now, the sweep of a later host does. */
  remove(engine: ContainerEngine, id: string): void {
    this.#running.delete(id);
    this.#track(engine.remove(id, AbortSignal.timeout(REMOVAL_MILLISECONDS)));
  }

  /** Resolves when nothing is left of containers that have exited. */
  async settled(): Promise<void> {
    await Promise.all(this.#removals);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.settled();
  }

  #track(work: Promise<unknown>): void {
    const removal = work.then(
      () => undefined,
      () => undefined,
    );
    this.#removals.add(removal);
    void removal.then(() => this.#removals.delete(removal));
  }

  /** Removes the containers that hosts have left which are gone. None of them runs: the lifeline saw to that. */
  async #sweep(engine: ContainerEngine): Promise<void> {
    const { signal } = this.#closing;
    const [name] = machineName().split('~');
    const found = await engine.labelled(MACHINE_LABEL, signal);
    const left = found.filter(({ Labels }) => Labels[MACHINE_LABEL]?.startsWith(`${name}~`) && isLeftOver(Labels));
    for (const { Id } of left) await engine.remove(Id, signal);
  }

  async #listen(engine: ContainerEngine): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const events = await engine.events(['oom'], ownFilter(), signal);
        events.socket.unref(); // it alone keeps no program running
        for await (const event of jsonLines(events)) this.#hear(event);
      } catch {
        // the engine is away: its containers can't run out of memory that it would tell
      }
      await wait(PAUSE_MILLISECONDS, signal).catch(() => undefined);
    }
  }

  #hear(event: unknown): void {
    const actor = isRecord(event) && isRecord(event['Actor']) ? event['Actor']['ID'] : undefined;
    if (typeof actor === 'string') this.#running.get(actor)?.();
  }
}

/** Removes the sockets of an instance whose host is gone. */
export async function forgetSockets(sockets: string, mark: string): Promise<void> {
  await rm(join(sockets, mark), { recursive: true, force: true });
}
