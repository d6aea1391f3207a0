import { relative, sep } from 'node:path';

/** As people write it in a registry: from a folder, with forward slashes, beginning with a dot. */
export function pathFrom(from: string, folder: string): string {
  const path = forwardSlashes(relative(from, folder));
  return path.startsWith('.') || path.startsWith('/') ? path : `./${path}`;
}

function forwardSlashes(path: string): string {
  return path.split(sep).join('/');
}
