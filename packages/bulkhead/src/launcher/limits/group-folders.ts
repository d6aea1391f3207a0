import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** What of a machine a control group counts and limits. */
export type Controller = 'memory' | 'pids' | 'cpu';
export const CONTROLLERS: readonly Controller[] = ['memory', 'pids', 'cpu'];

/** A folder of the kernel's that is a control group; see cgroups(7). Version 1 has one for each controller, version 2 one for all. */
export interface GroupFolder {
  readonly path: string;
  readonly version: 1 | 2;
}

export type GroupFolders = Readonly<Partial<Record<Controller, GroupFolder>>>;

/** A place where groups are seen, as a line of /proc/self/mountinfo has it; see proc(5). */
const MOUNT = /^\S+ \S+ \S+ (?<root>\S+) (?<point>\S+) .* - (?<type>cgroup2?) \S+ (?<options>\S+)$/;

/** The control groups that a process is in, as seen from here. Those of a controller that is nowhere mounted are left out. */
export function groupFoldersOf(pid: number | 'self'): GroupFolders {
  const mounts = lines('/proc/self/mountinfo').flatMap((line) => {
    const parts = MOUNT.exec(line)?.groups;
    return parts === undefined ? [] : [parts];
  });
  const paths = lines(`/proc/${pid}/cgroup`).map((line) => {
    const [, controllers = '', ...path] = line.split(':');
    return { controllers: controllers.split(','), path: path.join(':') };
  });
  const folders: Partial<Record<Controller, GroupFolder>> = {};
  for (const controller of CONTROLLERS) {
    const old = mounts.find(({ type, options = '' }) => type === 'cgroup' && options.split(',').includes(controller));
    const unified = mounts.find(({ type }) => type === 'cgroup2');
    const [mount, version] = old === undefined ? [unified, 2 as const] : [old, 1 as const];
    const own = paths.find(({ controllers }) => controllers.includes(version === 1 ? controller : ''));
    if (mount === undefined || own === undefined) continue;
    // A container sees only a part of the tree, whose root is the folder that it is mounted from.
    const inside = relative(mount['root'] ?? '/', own.path);
    if (!inside.startsWith('..')) folders[controller] = { path: join(mount['point'] ?? '', inside), version };
  }
  return folders;
}

function lines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'latin1').split('\n');
  } catch {
    return []; // the process is gone, or this is no Linux
  }
}
