import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sharedTools } from '../environment/shared-uv.ts';
import { REPOSITORY } from './repository.ts';

const run = promisify(execFile);

/**
 * A folder with pytest for this Python, for PYTHONPATH: plugins' environments hold what plugins need, and no more. Kept
 * between runs.
 */
export async function pytestFolder(python: string): Promise<string> {
  const { stdout: version } = await run(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
  const cache = join(REPOSITORY, '.cache');
  const folder = join(cache, `pytest-${version.trim()}`);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(`${folder}-`);
  const { uv } = await sharedTools();
  await run(uv, ['pip', 'install', '--quiet', '--python', python, '--target', draft, 'pytest>=8,<9'], { env: { ...process.env, ...pipIndex() } });
  // another test file may have been faster
  await rename(draft, folder).catch(async () => await rm(draft, { recursive: true, force: true }));
  return folder;
}

/** uv doesn't read what pip is configured with; a machine may reach packages in no other way. */
function pipIndex(): Record<string, string> {
  return {};
}
