import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Controller, GroupFolder, GroupFolders } from './group-folders.ts';

/** What a group is to be kept to: bytes, processes and threads, processors. */
export type GroupLimits = Readonly<Partial<Record<Controller, number>>>;

/** What a group uses, as far as its controllers tell. */
export interface GroupUsage {
  /** Bytes, without what the kernel would drop at once: files that nobody reads any more. */
  readonly memory: number | undefined;
  /** Processes and threads. */
  readonly tasks: number | undefined;
  /** Milliseconds. */
  readonly processorTime: number | undefined;
}

/** Of the processor's time, in microseconds: short enough that a plugin does not seem to hang. */
const PERIOD = 100_000;
/** The least that the kernel takes. */
const SHORTEST_QUOTA = 1_000;
/** A process that was killed takes a moment to leave its group. */
const MOST_LOOKS = 100;
const LOOK_MILLISECONDS = 10;

/** Files of a group that hold a limit, in the order in which they have to be written. */
const LIMIT_FILES: Readonly<
  Record<Controller, (limit: number, version: 1 | 2) => readonly (readonly [string, string, 'optional'?])[]>
> = {
  // Without swap, which would hide an overrun. A kernel may count none, and then has no file for it.
  memory: (bytes, version) =>
    version === 1
      ? [
          ['memory.limit_in_bytes', `${bytes}`],
          ['memory.memsw.limit_in_bytes', `${bytes}`, 'optional'],
        ]
      : [
          ['memory.max', `${bytes}`],
          ['memory.swap.max', '0', 'optional'],
          ['memory.oom.group', '1', 'optional'],
        ],
  pids: (count) => [['pids.max', `${count}`]],
  cpu: (processors, version) => {
    const quota = Math.max(SHORTEST_QUOTA, Math.round(processors * PERIOD));
    return version === 1
      ? [
          ['cpu.cfs_period_us', `${PERIOD}`],
          ['cpu.cfs_quota_us', `${quota}`],
        ]
      : [['cpu.max', `${quota} ${PERIOD}`]];
  },
};

/** Processes that the kernel counts and limits together. */
export class ControlGroup {
  readonly #folders: GroupFolders;

  constructor(folders: GroupFolders) {
    this.#folders = folders;
  }

  /** Makes it, or nothing of it. @throws Error of the kernel */
  static make(folders: GroupFolders, limits: GroupLimits): ControlGroup {
    const group = new ControlGroup(folders);
    try {
      for (const path of group.#paths) mkdirSync(path);
      for (const [controller, limit] of Object.entries(limits) as [Controller, number][])
        group.#limit(controller, limit);
      return group;
    } catch (error) {
      group.remove();
      throw error;
    }
  }

  /** The files by which a process joins it: it writes `0` into each, or another writes its pid. */
  get entrances(): readonly string[] {
    return this.#paths.map((path) => join(path, 'cgroup.procs'));
  }

  /** Moves a process into it. @throws Error of the kernel */
  async add(pid: number): Promise<void> {
    for (const entrance of this.entrances) await writeFile(entrance, String(pid));
  }

  /** How often the kernel has ended a process of it for want of memory. */
  get killed(): number {
    const { memory } = this.#folders;
    return memory === undefined
      ? 0
      : this.#count(memory, memory.version === 1 ? 'memory.oom_control' : 'memory.events', 'oom_kill');
  }

  /** Whether the kernel ends all of it where it ends one for want of memory. */
  get endsTogether(): boolean {
    const { memory } = this.#folders;
    return memory?.version === 2 && this.#number(memory, 'memory.oom.group') === 1;
  }

  /** How often the kernel has refused it another process or thread. */
  get refused(): number {
    const { pids } = this.#folders;
    return pids === undefined ? 0 : this.#count(pids, 'pids.events', 'max');
  }

  /** What its processes use now. */
  usage(): GroupUsage {
    const { memory, pids, cpu } = this.#folders;
    const used = memory && this.#number(memory, memory.version === 1 ? 'memory.usage_in_bytes' : 'memory.current');
    const idle =
      memory && this.#count(memory, 'memory.stat', memory.version === 1 ? 'total_inactive_file' : 'inactive_file');
    const whole = [memory, pids, cpu].find((folder) => folder?.version === 2);
    const time = whole && this.#count(whole, 'cpu.stat', 'usage_usec');
    return {
      memory: used === undefined ? undefined : Math.max(0, used - (idle ?? 0)),
      tasks: pids && this.#number(pids, 'pids.current'),
      processorTime: time === undefined ? undefined : time / 1_000,
    };
  }

  /** Ends what is left in it, and removes it. Never rejects. */
  async end(): Promise<void> {
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      if (this.remove()) return;
      this.#kill();
      await sleep(LOOK_MILLISECONDS, undefined, { ref: false });
    }
  }

  /** @returns false if a process is in it */
  remove(): boolean {
    return this.#paths
      .map((path) => {
        try {
          rmdirSync(path);
          return true;
        } catch (error) {
          return (error as NodeJS.ErrnoException).code === 'ENOENT';
        }
      })
      .every(Boolean);
  }

  get #paths(): readonly string[] {
    return [...new Set(Object.values(this.#folders).map(({ path }) => path))];
  }

  #limit(controller: Controller, limit: number): void {
    const folder = this.#folders[controller];
    if (folder === undefined) return;
    for (const [file, text, need] of LIMIT_FILES[controller](limit, folder.version)) {
      try {
        writeFileSync(join(folder.path, file), text, { flag: 'r+' });
      } catch (error) {
        if (need !== 'optional') throw error;
      }
    }
  }

  #kill(): void {
    for (const path of this.#paths) {
      try {
        writeFileSync(join(path, 'cgroup.kill'), '1', { flag: 'r+' });
      } catch {
        // Version 1 has no such file, and kernels before 5.14 neither.
        for (const pid of text(join(path, 'cgroup.procs')).split('\n')) kill(Number(pid));
      }
    }
  }

  #number({ path }: GroupFolder, file: string): number | undefined {
    const written = text(join(path, file));
    return written === '' ? undefined : Number(written);
  }

  /** Of a file with a name and a number on each line. */
  #count({ path }: GroupFolder, file: string, name: string): number {
    const line = text(join(path, file))
      .split('\n')
      .find((each) => each.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1) ?? 0);
  }
}

function kill(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, 'SIGKILL');
  } catch {
    // it is gone
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // the group is gone, or the kernel tells no such thing
  }
}
