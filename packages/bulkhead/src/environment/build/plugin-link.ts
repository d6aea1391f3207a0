import { randomBytes } from 'node:crypto';
import { readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { identityOfFolder } from './build-folders.ts';

/**
 * Makes `.venv` in the plugin's folder lead to its environment, for editors. Only where nothing stands, or a link of ours,
 * known by its shape `…/environments/IDENTITY-BUILD`: a developer's own environment is never replaced.
 *
 * @returns why the link could not be made
 */
export async function linkEnvironment(folder: string, prefix: string): Promise<string | undefined> {
  const link = join(folder, '.venv');
  const draft = join(folder, `.venv-${randomBytes(6).toString('hex')}`);
  try {
    const standing = await readlink(link).catch((error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? undefined : '',
    );
    if (standing === prefix) return undefined;
    if (standing !== undefined && !isOurs(standing)) return undefined;
    await symlink(prefix, draft, 'junction');
    await rename(draft, link);
    return undefined;
  } catch (error) {
    await rm(draft, { force: true });
    return error instanceof Error ? error.message : String(error);
  }
}

function isOurs(target: string): boolean {
  return basename(dirname(target)) === 'environments' && identityOfFolder(target) !== undefined;
}
