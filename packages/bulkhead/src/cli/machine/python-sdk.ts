import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const PACKAGE = '@bulkhead/plugin-sdk-python';

/**
 * The folder that holds `plugin_sdk`, for tools that look at a plugin's sources. One in a `node_modules` above `from` is
 * preferred to ours: where it is does not change with its version.
 */
export function pythonSdkFolder(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', PACKAGE, 'src');
    if (existsSync(join(candidate, 'plugin_sdk'))) return candidate;
    if (dirname(folder) === folder) break;
  }
  return join(dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`)), 'src');
}
