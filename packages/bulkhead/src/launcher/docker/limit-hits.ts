import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { deferred, type Deferred } from '../../lifecycle/deferred.ts';
import { settlesWithin } from '../../lifecycle/wait.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { CgroupCount } from './cgroup-count.ts';
import { MOST_PROCESSES } from './container-request.ts';
import { memoryLimitInWords } from './describe-container.ts';

/** What happens to a process of a plugin shows in a call of it within this time. */
const SOON_MILLISECONDS = 2_000;
/** An engine may tell of a process that was ended for want of memory as much later than the process shows it. */
const LATE_MILLISECONDS = 1_000;
/** How Python says that there can be no other process or thread. */
const NO_PROCESS = /\[Errno 11\]|Resource temporarily unavailable|can't start new thread/;
/** How Python says that a process was killed which it had started. */
const KILLED = /SIGKILL|signal 9\b|status -?9\b|exitcode=-9|terminated abruptly|died unexpectedly/;

export interface HitLimits {
  /** The id of the container. */
  readonly id: string;
  readonly plugin: string;
  readonly limits: PluginSpec['launch']['resources'];
  /** Of a process in the container, as this machine counts; undefined: none is seen. */
  readonly pid: number | undefined;
}

/** The limits of one container that it has run into. Each time is the reason of one error. */
export class LimitHits {
  readonly #parts: HitLimits;
  readonly #refused: CgroupCount | undefined;
  readonly #killed: CgroupCount | undefined;
  /** When the kernel has ended a process of it for want of memory. */
  #outOfMemory: number[] = [];
  #next: Deferred<void> = deferred();
  #looking: Promise<unknown> = Promise.resolve();

  constructor(parts: HitLimits) {
    this.#parts = parts;
    const { id, pid } = parts;
    this.#refused = pid === undefined ? undefined : new CgroupCount(id, pid, 'pids');
    this.#killed = pid === undefined ? undefined : new CgroupCount(id, pid, 'memory');
  }

  /** The engine tells that the kernel has ended a process of the container for want of memory. Podman does not. */
  ranOutOfMemory(): void {
    void this.look().then((isCounted) => {
      if (!isCounted) this.#add();
    });
  }

  /** Asks the kernel whether it has ended processes of the container since. @returns false where it can't be asked */
  async look(): Promise<boolean> {
    const looked = this.#looking.then(async () => {
      const count = await this.#killed?.take();
      for (let each = 0; each < (count ?? 0); each += 1) this.#add();
      return count !== undefined;
    });
    this.#looking = looked;
    return await looked;
  }

  #add(): void {
    this.#outOfMemory.push(performance.now());
    this.#next.resolve();
    this.#next = deferred();
  }

  /** Whether a process was ended so just now, which explains nothing else yet. */
  takeOutOfMemory(): boolean {
    const now = performance.now();
    this.#outOfMemory = this.#outOfMemory.filter((at) => now - at < SOON_MILLISECONDS);
    return this.#outOfMemory.shift() !== undefined;
  }

  /** The same of a process that is known to have been killed. Where only the engine tells it, it may do so later. */
  async hasKilled(): Promise<boolean> {
    const { limits } = this.#parts;
    const { promise } = this.#next;
    const isCounted = await this.look();
    if (this.takeOutOfMemory()) return true;
    if (isCounted || limits.memory === undefined || !(await settlesWithin(promise, LATE_MILLISECONDS))) return false;
    return this.takeOutOfMemory();
  }

  /**
   * The limit that made a call raise an exception.
   *
   * @param said the exception
   * @param isShared whether several instances run in the container, so that it may have hit another one
   */
  async overrun(said: string, isShared: boolean): Promise<BulkheadError | undefined> {
    const { plugin, limits } = this.#parts;
    const isKilled = KILLED.test(said);
    if (!isKilled && !isShared) await this.look();
    const isOutOfMemory = isKilled ? await this.hasKilled() : !isShared && this.takeOutOfMemory();
    if (isOutOfMemory) {
      const reason = `lost a process that it had started to ${memoryLimitInWords(limits.memory, isShared)}`;
      return new BulkheadError('MEMORY_LIMIT_EXCEEDED', { plugin, reason });
    }
    if (!NO_PROCESS.test(said) || ((await this.#refused?.take()) ?? 0) === 0) return undefined;
    return new BulkheadError('PROCESS_LIMIT_EXCEEDED', { plugin, limit: limits.pids ?? MOST_PROCESSES });
  }
}
