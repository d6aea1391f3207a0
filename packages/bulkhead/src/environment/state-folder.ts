import { accessSync, constants } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { asReason } from '../errors/as-reason.ts';
import { BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import { cureOfExhaustion } from '../lifecycle/system-exhaustion.ts';
import { LockFolder } from '../lifecycle/lock-folder.ts';
import { closeToOthers, distrustOf, isClosedToOthers, makePrivateFolder } from '../lifecycle/private-folder.ts';

const REMOVE_IT = 'Delete what stands in the place of that file: all in the data folder can be made anew.';
const MAKE_WRITABLE = 'Make the folder writable, or name another in BULKHEAD_HOME.';
const FREE_SPACE = 'Free some space on its disk, or name a folder on another in BULKHEAD_HOME.';

/** Codes of errors that say a file can't be written, each with its cure. */
const CURES: Readonly<Record<string, string>> = {
  ENOSPC: FREE_SPACE,
  EDQUOT: FREE_SPACE,
  EROFS: MAKE_WRITABLE,
  EACCES: MAKE_WRITABLE,
  EPERM: MAKE_WRITABLE,
  ENOTDIR: MAKE_WRITABLE,
  EISDIR: REMOVE_IT,
  ELOOP: REMOVE_IT,
  EIO: 'Look at the health of its disk, or name a folder on another in BULKHEAD_HOME.',
};

/**
 * Where Bulkhead keeps what it made: the user's data folder, or `BULKHEAD_HOME`. All of it can be made anew. What lies in it is
 * executed, and requirements may hold credentials: so only this user may enter it. Files of uv and
 * pip in it follow the umask: the closed folder around them protects them.
 *
 *     environments/IDENTITY-BUILD/                 a virtual environment, at the path it was built at
 *     environments/IDENTITY-BUILD/bulkhead.json    what is in it; written last: an environment without it is half-built
 *     environments/IDENTITY-BUILD/uv.lock          the versions that uv resolved for requirements that are no project's
 *     contents/IDENTITY-BUILD.json           what files it was built with: see contents/environment-contents.ts
 *     builds/IDENTITY-BUILD/                       the project that uv is run on, while it is
 *     builds/resolve-…/                      likewise, only to see whether it resolves: see uv-resolver.ts, npm-resolver.ts
 *     locks/                                 IDENTITY.lock, build-slot-N.lock, uv-VERSION.lock: see lifecycle/lock-folder.ts
 *     instances/MACHINE/HOST/MARK            each running instance, for the host after this one: see launcher/ledger.ts
 *     tools/uv-VERSION/                      uv, if it had to be fetched
 *     tools/msgpack-VERSION-BUILD/           C extension for the Python SDK, if it could be fetched: see accelerator.ts
 *     tools/msgpack-VERSION-BUILD.failed     why it could not; tried again a day later
 *     tools/debugpy-VERSION/                 what lets a debugger attach to a plugin, once that was asked for: see debugger-package.ts
 *     answers/pythons.json, answers/nodes.json, answers/uv.json  what executables said of themselves, by path, time and size
 *     answers/python-names.json, answers/node-names.json  which names of folders may be those of interpreters, by the folder's time
 *     answers/hashes.json                    hashes over the SDK and its C extension, by the states of their files
 *     answers/images.json                    what images said of their Python, by the id of their content
 *     answers/resolutions/HASH.json          what uv or npm resolved for plugins together: see dated-answers.ts
 *     bytecode/                              the compiled Python SDK; a folder for each image that holds another Python
 *     sockets/MARK/                          what the host listens on for a container, as long as that runs
 *     descriptions/PLUGIN.json               what a plugin said of itself at its last start: see known-descriptions.ts
 *     python-sdk                             leads to the Python SDK of the host that was here last: see sdk-for-tools.ts
 *     scratch/MACHINE/HOST/…                 where a sandboxed plugin may write while it runs: see launcher/sandbox/scratch-folders.ts
 *     trash/                                 what is being deleted
 */
export class StateFolder {
  readonly root: string;
  readonly environments: string;
  readonly contents: string;
  readonly builds: string;
  readonly locks: LockFolder;
  readonly instances: string;
  readonly tools: string;
  readonly answers: string;
  readonly resolutions: string;
  readonly bytecode: string;
  readonly sockets: string;
  readonly descriptions: string;
  readonly pythonSdk: string;
  readonly scratch: string;
  readonly trash: string;

  constructor(root: string) {
    this.root = resolve(root);
    this.environments = join(this.root, 'environments');
    this.contents = join(this.root, 'contents');
    this.builds = join(this.root, 'builds');
    this.locks = new LockFolder(join(this.root, 'locks'));
    this.instances = join(this.root, 'instances');
    this.tools = join(this.root, 'tools');
    this.answers = join(this.root, 'answers');
    this.resolutions = join(this.answers, 'resolutions');
    this.bytecode = join(this.root, 'bytecode');
    this.sockets = join(this.root, 'sockets');
    this.descriptions = join(this.root, 'descriptions');
    this.pythonSdk = join(this.root, 'python-sdk');
    this.scratch = join(this.root, 'scratch');
    this.trash = join(this.root, 'trash');
  }

  /** At `home`, where that is given; else where the variables say. */
  static of(variables: NodeJS.ProcessEnv, home: string | undefined = variables['BULKHEAD_HOME']): StateFolder {
    return new StateFolder(home === undefined || home === '' ? envPaths('bulkhead', { suffix: '' }).data : home);
  }

  /**
   * Refuses a folder into which somebody else may have put something. Call it before you believe anything that is in there.
   *
   * @throws BulkheadError `STATE_FOLDER_UNUSABLE`
   */
  check(): void {
    try {
      // If others can't enter the folder, they can't have reached what is in it.
      for (const folder of isClosedToOthers(this.root) ? [this.root] : [this.root, ...this.#folders]) {
        const distrust = distrustOf(folder);
        if (distrust === undefined) continue;
        throw new BulkheadError('STATE_FOLDER_UNUSABLE', { folder, ...distrust });
      }
    } catch (error) {
      throw isBulkheadError(error) ? error : this.unusable(error);
    }
  }

  /** Makes the folders, and closes them to others. @throws BulkheadError `STATE_FOLDER_UNUSABLE` */
  ensure(): void {
    this.check();
    try {
      for (const folder of [this.root, ...this.#folders]) {
        makePrivateFolder(folder);
        closeToOthers(folder);
      }
      accessSync(this.locks.path, constants.W_OK);
    } catch (error) {
      throw this.unusable(error);
    }
  }

  get #folders(): readonly string[] {
    const folders = [
      this.environments,
      this.contents,
      this.builds,
      this.locks.path,
      this.instances,
      this.tools,
      this.answers,
    ];
    return [...folders, this.bytecode, this.sockets, this.descriptions, this.scratch, this.trash];
  }

  /** Gives an error of the file system its code. */
  unusable(error: unknown): BulkheadError {
    const cure = cureOfExhaustion(error);
    if (cure !== undefined) return exhausted(error as Error, cure);
    const { message, code = '' } = (error instanceof Error ? error : new Error(String(error))) as NodeJS.ErrnoException;
    const details = { folder: this.root, reason: asReason(message), cure: CURES[code] ?? MAKE_WRITABLE };
    return new BulkheadError('STATE_FOLDER_UNUSABLE', details, { cause: error });
  }

  /** Gives an error of the disk or of a full system its code, whichever step raised it; returns any other error as it is. */
  explain(error: unknown): unknown {
    const isKnown = Object.hasOwn(CURES, (error as NodeJS.ErrnoException | undefined)?.code ?? '');
    return isKnown || cureOfExhaustion(error) !== undefined ? this.unusable(error) : error;
  }

  /** Moves a folder away in one step, then deletes its files: if the process dies meanwhile, the next call deletes the rest. */
  async discard(folder: string): Promise<void> {
    makePrivateFolder(this.trash);
    const moved = join(this.trash, randomBytes(8).toString('hex'));
    try {
      await rename(folder, moved);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    // including what a process left that was ended while it deleted
    for (const name of await readdir(this.trash))
      await rm(join(this.trash, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

function exhausted(error: Error, cure: string): BulkheadError {
  return new BulkheadError('SYSTEM_EXHAUSTED', { reason: asReason(error.message), cure }, { cause: error });
}
