import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { configuredIndexForUv } from '../src/environment/requirements/configured-index.ts';
import { REPOSITORY } from './documentation/repository.ts';
import { sharedTools } from './environment/shared-uv.ts';

const run = promisify(execFile);

/**
 * Makes a folder with a package for this Python, for PYTHONPATH: a test must not add its own needs to a plugin's environment.
 * Kept between runs.
 *
 * @param name of the folder
 */
export async function pythonPackages(python: string, name: string, requirement: string): Promise<string> {
  const { stdout: version } = await run(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
  const cache = join(REPOSITORY, '.cache');
  const folder = join(cache, `${name}-${version.trim()}`);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(`${folder}-`);
  try {
    const { uv } = await sharedTools();
    // uv doesn't read pip's configuration, and a machine may reach packages only through that
    const { forUv } = await configuredIndexForUv(process.env, {});
    const parameters = ['pip', 'install', '--quiet', '--python', python, '--target', draft, requirement];
    await run(uv, parameters, { env: { ...process.env, ...forUv } });
    await rename(draft, folder);
  } catch (error) {
    // another test file may have been faster
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}
