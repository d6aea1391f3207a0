import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from './manifest-file.ts';

/** What the file of a plugin of Node is called where nothing says so, the likeliest first. */
const USUAL_NAMES = ['plugin.ts', 'plugin.mts', 'plugin.cts', 'plugin.js', 'plugin.mjs', 'plugin.cjs'];

/** The file to run, relative to the plugin's folder; it may be missing. */
export async function nodeEntryPoint(folder: string, { entry_point, main }: Manifest): Promise<string> {
  const written = entry_point ?? main;
  if (written !== undefined) return written;
  for (const name of USUAL_NAMES) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found?.isFile() === true) return name;
  }
  return 'plugin.js';
}
