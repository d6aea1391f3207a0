import { randomBytes } from 'node:crypto';
import { access, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type CompleteEnvironment, identityOfFolder } from './build-folders.ts';
import { fileOfRecord, readRecord } from './environment-record.ts';

/**
 * Makes `.venv` in the plugin's folder lead to its environment, for editors. Only where nothing stands, or a link of ours
 * that nobody else needs: a developer's own environment is never replaced, nor a link into another data folder, whose owner
 * would otherwise lose it at each turn. A link to an environment that holds the same packages and more stays as well: after
 * `bulkhead test` that is the one with the test tools.
 *
 * @returns what to say about a link that could not be made, or was left to somebody else
 */
export async function linkEnvironment(folder: string, environment: CompleteEnvironment): Promise<string | undefined> {
  const { prefix } = environment;
  const link = join(folder, '.venv');
  const draft = join(folder, `.venv-${randomBytes(6).toString('hex')}`);
  try {
    const standing = await readlink(link).catch((error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? undefined : '',
    );
    if (standing === prefix) return undefined;
    if (standing !== undefined) {
      if (!isOurs(standing)) return undefined;
      if (dirname(standing) === dirname(prefix)) {
        if (await isAsGood(standing, environment)) return undefined;
      } else if (!(await isGone(standing)))
        return `${link} was left as it is: it leads to ${standing}, of another data folder`;
    }
    await symlink(prefix, draft, 'junction');
    await rename(draft, link);
    return undefined;
  } catch (error) {
    await rm(draft, { force: true });
    return `no .venv link in the plugin's folder: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Known by its shape, `…/environments/IDENTITY-BUILD`. */
function isOurs(target: string): boolean {
  return basename(dirname(target)) === 'environments' && identityOfFolder(target) !== undefined;
}

/** Another user's can't be looked into, and is not gone. */
async function isGone(target: string): Promise<boolean> {
  return await access(fileOfRecord(target)).then(
    () => false,
    ({ code }: NodeJS.ErrnoException) => code === 'ENOENT' || code === 'ENOTDIR',
  );
}

/** Whether it has the same Python, and all packages in the same versions. */
async function isAsGood(target: string, { record: { python, packages } }: CompleteEnvironment): Promise<boolean> {
  const other = await readRecord(target).catch(() => undefined);
  return (
    other !== undefined &&
    other.python.executable === python.executable &&
    other.python.version === python.version &&
    Object.entries(packages).every(([name, version]) => other.packages[name] === version)
  );
}
