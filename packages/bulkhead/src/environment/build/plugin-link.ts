import { randomBytes } from 'node:crypto';
import { access, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type CompleteEnvironment, identityOfFolder } from './build-folders.ts';
import { fileOfRecord, readableRecord } from './environment-record.ts';

/** What editors look for in a project's folder. */
type LinkName = '.venv' | 'node_modules';

/**
 * Makes `.venv`, or `node_modules`, in the plugin's folder lead to its environment, for editors. Only where nothing stands, or a link of ours
 * that nobody else needs: a developer's own environment is never replaced, nor a link into another data folder, whose owner
 * would otherwise lose it at each turn. A link to an environment that holds the same packages and more stays as well: after
 * `bulkhead test` that is the one with the test tools.
 *
 * @returns what to say about a link that could not be made, or was left to somebody else
 */
export async function linkEnvironment(
  folder: string,
  name: LinkName,
  environment: CompleteEnvironment,
): Promise<string | undefined> {
  const target = targetOf(environment.prefix, name);
  const link = join(folder, name);
  const draft = join(folder, `${name}-${randomBytes(6).toString('hex')}`);
  try {
    const standing = await readlink(link).catch((error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? undefined : '',
    );
    if (standing === target) return undefined;
    if (standing !== undefined) {
      const other = name === '.venv' ? standing : dirname(standing);
      if (standing !== targetOf(other, name) || !isOurs(other)) return undefined;
      if (dirname(other) === dirname(environment.prefix)) {
        if (isAsGood(other, environment)) return undefined;
      } else if (!(await isGone(other)))
        return `${link} was left as it is: it leads to ${standing}, of another data folder`;
    }
    await symlink(target, draft, 'junction');
    await rename(draft, link);
    return undefined;
  } catch (error) {
    await rm(draft, { force: true });
    return `no ${name} link in the plugin's folder: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function targetOf(prefix: string, name: LinkName): string {
  return name === '.venv' ? prefix : join(prefix, name);
}

/** Known by its shape, `…/environments/IDENTITY-BUILD`. */
function isOurs(prefix: string): boolean {
  return basename(dirname(prefix)) === 'environments' && identityOfFolder(prefix) !== undefined;
}

/** Another user's can't be looked into, and is not gone. */
async function isGone(prefix: string): Promise<boolean> {
  return await access(fileOfRecord(prefix)).then(
    () => false,
    ({ code }: NodeJS.ErrnoException) => code === 'ENOENT' || code === 'ENOTDIR',
  );
}

/** Whether it is of the same interpreter, and has all packages in the same versions. */
function isAsGood(prefix: string, { record }: CompleteEnvironment): boolean {
  const other = readableRecord(prefix);
  const [mine, theirs] = [record.python ?? record.node, other?.python ?? other?.node];
  return (
    other !== undefined &&
    other.changed === undefined &&
    mine.executable === theirs?.executable &&
    mine.version === theirs.version &&
    Object.entries(record.packages).every(([name, version]) => other.packages[name] === version)
  );
}
