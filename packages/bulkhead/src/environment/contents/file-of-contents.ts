import { basename, join } from 'node:path';
import type { StateFolder } from '../state-folder.ts';

/** Where it is written down what an environment was built with: outside of it. */
export function fileOfContents(state: StateFolder, prefix: string): string {
  return join(state.contents, `${basename(prefix)}.json`);
}
