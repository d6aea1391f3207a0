import { access, constants, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { LockFolder } from '../lifecycle/lock-folder.ts';

/** What a system says of a folder that can't be written: full, read-only, another's, broken. */
const REFUSALS: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO']);

/**
 * Where Bulkhead keeps what it made: the user's data folder, or `BULKHEAD_HOME`. All of it can be made anew.
 *
 *     environments/IDENTITY-BUILD/                 a virtual environment, at the path it was built at
 *     environments/IDENTITY-BUILD/bulkhead.json    what is in it; written last: an environment without it is half-built
 *     environments/IDENTITY-BUILD/uv.lock          the versions that were resolved (uv only)
 *     builds/IDENTITY-BUILD/                       the project that uv is run on, while it is
 *     builds/resolve-…/                      likewise, only to see whether it resolves: see uv-resolver.ts
 *     locks/                                 IDENTITY.lock, build-slot-N.lock, uv-VERSION.lock: see lifecycle/lock-folder.ts
 *     instances/MACHINE/HOST/MARK            each running instance, for the host after this one: see launcher/ledger.ts
 *     tools/uv-VERSION/                      uv, if it had to be fetched
 *     tools/msgpack-VERSION-BUILD/           C extension for the Python SDK, if it could be fetched: see accelerator.ts
 *     tools/msgpack-VERSION-BUILD.failed     why it could not; tried again a day later
 *     tools/debugpy-VERSION/                 what lets a debugger attach to a plugin, once that was asked for: see debugger-package.ts
 *     answers/pythons.json, answers/uv.json  what executables said of themselves, by path, time and size
 *     trash/                                 what is being deleted
 */
export class StateFolder {
  readonly root: string;
  readonly environments: string;
  readonly builds: string;
  readonly locks: LockFolder;
  readonly instances: string;
  readonly tools: string;
  readonly answers: string;
  readonly trash: string;

  constructor(root: string) {
    this.root = resolve(root);
    this.environments = join(this.root, 'environments');
    this.builds = join(this.root, 'builds');
    this.locks = new LockFolder(join(this.root, 'locks'));
    this.instances = join(this.root, 'instances');
    this.tools = join(this.root, 'tools');
    this.answers = join(this.root, 'answers');
    this.trash = join(this.root, 'trash');
  }

  /** At `home`, where that is given; else where the variables say. */
  static of(variables: NodeJS.ProcessEnv, home: string | undefined = variables['BULKHEAD_HOME']): StateFolder {
    return new StateFolder(home === undefined || home === '' ? envPaths('bulkhead', { suffix: '' }).data : home);
  }

  /** Makes the folders, private to the user because requirements may hold credentials. @throws BulkheadError `STATE_FOLDER_UNUSABLE` */
  async ensure(): Promise<void> {
    try {
      await mkdir(this.root, { recursive: true, mode: 0o700 });
      for (const folder of [this.environments, this.builds, this.locks.path, this.tools, this.answers, this.trash])
        await mkdir(folder, { recursive: true });
      await access(this.locks.path, constants.W_OK);
    } catch (error) {
      throw this.unusable(error);
    }
  }

  unusable(error: unknown): BulkheadError<'STATE_FOLDER_UNUSABLE'> {
    const reason = error instanceof Error ? error.message : String(error);
    return new BulkheadError('STATE_FOLDER_UNUSABLE', { folder: this.root, reason }, { cause: error });
  }

  /** Gives the refusal of a disk its code, whichever step it came up in; every other error stays what it is. */
  explain(error: unknown): unknown {
    return REFUSALS.has((error as NodeJS.ErrnoException | undefined)?.code ?? '') ? this.unusable(error) : error;
  }

  /** Deletes a folder so that it is gone at once, however long deleting its files takes, and whoever dies meanwhile. */
  async discard(folder: string): Promise<void> {
    await mkdir(this.trash, { recursive: true });
    const moved = join(this.trash, randomBytes(8).toString('hex'));
    try {
      await rename(folder, moved);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    // with what those left who were ended while they were deleting
    for (const name of await readdir(this.trash))
      await rm(join(this.trash, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Writes so that a reader sees the old content or the new, never a part. */
export async function writeAtomically(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${randomBytes(6).toString('hex')}.draft`;
  try {
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}
