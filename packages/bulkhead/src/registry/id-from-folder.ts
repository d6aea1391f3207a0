import { basename } from 'node:path';

/** On every usual file system; the name may be an argument that names no folder. */
const LONGEST_FILE_NAME = 255;

/** Also of a package's name, without its scope. `My Plugin-2` becomes `my_plugin-2`, `3d` becomes `plugin_3d`. */
export function idFromFolder(folder: string): string {
  const name = basename(folder)
    .slice(0, LONGEST_FILE_NAME)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '_')
    .replace(/^[_-]+/, '')
    .replace(/_+$/, '');
  return (/^[a-z]/.test(name) ? name : `plugin_${name}`).slice(0, 64).replace(/_+$/, '');
}
