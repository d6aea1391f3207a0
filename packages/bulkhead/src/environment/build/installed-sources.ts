import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRecord } from '../../lifecycle/is-record.ts';
import { installedPackages } from '../trial/installed-packages.ts';

/** A project or a file of this disk that was installed into an environment. */
export interface InstalledSource {
  /** Of the package, normalised. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** `package`: a folder that npm has packed, with what is built in it. */
  readonly kind: 'editable' | 'folder' | 'file' | 'package';
}

/** From what the installers note beside each package (packaging.python.org, "Recording the Direct URL Origin"). */
export async function installedSources(sitePackages: string): Promise<InstalledSource[]> {
  const packages = await installedPackages(sitePackages);
  const sources = packages.map(async ({ name, metadata }) => {
    const text = await readFile(join(metadata, 'direct_url.json'), 'utf8').catch(() => undefined);
    return text === undefined ? [] : sourceOf(name, text);
  });
  return (await Promise.all(sources)).flat();
}

function sourceOf(name: string, text: string): InstalledSource[] {
  const noted: unknown = JSON.parse(text);
  if (!isRecord(noted) || typeof noted['url'] !== 'string' || !/^file:/i.test(noted['url'])) return [];
  const path = fileURLToPath(noted['url']);
  const folder = noted['dir_info'];
  if (!isRecord(folder)) return [{ name, path, kind: 'file' }];
  return [{ name, path, kind: folder['editable'] === true ? 'editable' : 'folder' }];
}
