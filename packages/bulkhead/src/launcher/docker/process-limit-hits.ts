import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const MOUNT = '/sys/fs/cgroup';

/**
 * How often the kernel has refused a container another process or thread, since this was last asked. It counts that in the
 * container's cgroup, whose files have another place in each version of cgroups.
 */
export class ProcessLimitHits {
  readonly #pid: number;
  #file: Promise<string | undefined> | undefined;
  #seen = 0;

  /** @param pid of a process in it, as this machine counts */
  constructor(pid: number) {
    this.#pid = pid;
  }

  /** 0 where it can't be read, as from inside another container. */
  async take(): Promise<number> {
    const file = await (this.#file ??= this.#find());
    const [, count] = /^max (\d+)$/m.exec(file === undefined ? '' : await textOf(file)) ?? [];
    const fresh = Number(count ?? 0) - this.#seen;
    this.#seen += Math.max(0, fresh);
    return Math.max(0, fresh);
  }

  async #find(): Promise<string | undefined> {
    const lines = (await textOf(`/proc/${this.#pid}/cgroup`)).split('\n').map((line) => line.split(':'));
    const old = lines
      .find(([, controllers]) => controllers?.split(',').includes('pids'))
      ?.slice(2)
      .join(':');
    if (old !== undefined) return join(MOUNT, 'pids', old, 'pids.events');
    const unified = lines
      .find(([number]) => number === '0')
      ?.slice(2)
      .join(':');
    return unified === undefined ? undefined : join(MOUNT, unified, 'pids.events');
  }
}

async function textOf(file: string): Promise<string> {
  return await readFile(file, 'latin1').catch(() => '');
}
