import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Tools } from './worker.ts';

/** Imports a package that is installed for the comparison only: this repository does not depend on it. */
export async function load<Module>(tools: Tools, name: string): Promise<Module> {
  const require = createRequire(join(tools.folder, 'node', 'from-here.js'));
  return (await import(pathToFileURL(require.resolve(name)).href)) as Module;
}
