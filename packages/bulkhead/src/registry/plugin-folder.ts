import { homedir } from 'node:os';
import { dirname, resolve, sep } from 'node:path';

/** Absolute path of the folder that a registry's `path` names; it may not exist. A path may be written as on Windows. */
export function pluginFolder(registryFile: string, path: string): string {
  return resolve(dirname(registryFile), expandHome(sep === '/' ? path.replaceAll('\\', '/') : path));
}

/** Expands `~`, as shells do; `~other` stays as it is. */
export function expandHome(path: string): string {
  return /^~(?=$|[\\/])/.test(path) ? homedir() + path.slice(1) : path;
}
