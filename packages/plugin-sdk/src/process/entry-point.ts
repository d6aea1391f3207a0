import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The plugin that a file exports. @throws what its code throws */
export async function loadEntryPoint(folder: string, file: string): Promise<unknown> {
  const loaded = (await import(pathToFileURL(join(folder, file)).href)) as Readonly<Record<string, unknown>>;
  const exported = loaded['default'];
  // what a compiler has made CommonJS of
  const isCompiled = typeof exported === 'object' && exported !== null && '__esModule' in exported;
  return isCompiled ? (exported as Readonly<Record<string, unknown>>)['default'] : exported;
}
