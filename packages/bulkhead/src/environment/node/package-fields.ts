import { join } from 'node:path';
import { isRecord } from '../../lifecycle/is-record.ts';
import { readRegularFile } from '../../lifecycle/read-regular-file.ts';

/** Of the package.json of any package; the largest known ones have some hundred KiB. */
const LARGEST_FILE = 4 * 1024 ** 2;

/** The package.json in a folder that is not the plugin's; empty where there is none that can be read. */
export async function packageFields(folder: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse((await readRegularFile(join(folder, 'package.json'), LARGEST_FILE)).toString());
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** The range of Node that a package.json asks for. */
export function nodeRangeIn({ engines }: Readonly<Record<string, unknown>>): string | undefined {
  const wanted = isRecord(engines) ? engines['node'] : undefined;
  return typeof wanted === 'string' && wanted.trim() !== '' ? wanted : undefined;
}
