import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export type CountedLimit = 'pids' | 'memory';

const MOUNT = '/sys/fs/cgroup';
/** Where the kernel counts something, in the first and in the second version of cgroups, and under which name. */
const COUNTED: Readonly<Record<CountedLimit, { files: readonly [string, string]; line: RegExp }>> = {
  /** Processes and threads that were refused. */
  pids: { files: ['pids.events', 'pids.events'], line: /^max (\d+)$/m },
  /** Processes that were ended for want of memory; counted before they end. */
  memory: { files: ['memory.oom_control', 'memory.events'], line: /^oom_kill (\d+)$/m },
};

/** How often a container has run into a limit, as the kernel counts it in the container's cgroup. */
export class CgroupCount {
  readonly #container: string;
  readonly #pid: number;
  readonly #limit: CountedLimit;
  #file: Promise<string | undefined> | undefined;
  #seen = 0;

  /** @param container its id. @param pid of a process in it, as this machine counts */
  constructor(container: string, pid: number, limit: CountedLimit) {
    this.#container = container;
    this.#pid = pid;
    this.#limit = limit;
  }

  /**
   * Since this was last asked. Undefined where it can't be read: from inside another container, of one that has no cgroup of its
   * own, or after its end.
   */
  async take(): Promise<number | undefined> {
    const file = await (this.#file ??= this.#find());
    const [, count] = COUNTED[this.#limit].line.exec(file === undefined ? '' : await textOf(file)) ?? [];
    if (count === undefined) return undefined;
    const fresh = Number(count) - this.#seen;
    this.#seen += Math.max(0, fresh);
    return Math.max(0, fresh);
  }

  async #find(): Promise<string | undefined> {
    const lines = (await textOf(`/proc/${this.#pid}/cgroup`)).split('\n').map((line) => line.split(':'));
    const pathOf = (isIt: (line: readonly string[]) => boolean): string | undefined =>
      lines.find(isIt)?.slice(2).join(':');
    const [oldFile, file] = COUNTED[this.#limit].files;
    const old = pathOf(([, controllers]) => controllers?.split(',').includes(this.#limit) === true);
    const path = old ?? pathOf(([number]) => number === '0');
    if (path?.includes(this.#container) !== true) return undefined;
    return old === undefined ? join(MOUNT, path, file) : join(MOUNT, this.#limit, path, oldFile);
  }
}

async function textOf(file: string): Promise<string> {
  return await readFile(file, 'latin1').catch(() => '');
}
