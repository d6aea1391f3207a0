import { join } from 'node:path';
import { validRange } from 'semver';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { readPluginFile } from '../requirements/plugin-file.ts';

const NAMES = ['.node-version', '.nvmrc'];

/**
 * The Node that version managers take in the plugin's folder, as a range: `22`, `22.18.0`. Undefined of names such as `lts/*`, whose
 * meaning changes with the day.
 *
 * @throws BulkheadError `MANIFEST_INVALID` of a file that can't be read
 */
export async function nodeVersionFile({ id, folder }: PluginSpec): Promise<string | undefined> {
  for (const name of NAMES) {
    const text = await readPluginFile(id, join(folder, name));
    const [version] = (text ?? '').split('\n').flatMap((line) => line.replace(/#.*/, '').trim() || []);
    if (version !== undefined && validRange(version) !== null) return version.replace(/^v/, '');
  }
  return undefined;
}
