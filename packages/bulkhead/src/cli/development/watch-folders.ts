import { relative, sep } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { deferred, type Deferred } from '../../lifecycle/deferred.ts';
import { isMadeByBuilds, isMadeByTools } from '../../lifecycle/made-by-tools.ts';
import { abortable } from '../../lifecycle/wait.ts';

/** Files that are saved together are one change, which is complete after this long without another file. */
const QUIET_MILLISECONDS = 100;

/** Tells of changes in folders and files, several that come together at once. chokidar, because Node's own recursive watching loses events on Linux. */
export class FolderWatch implements AsyncDisposable {
  readonly #watcher: FSWatcher;
  /** Watched besides the folder: absolute. */
  readonly #others = new Set<string>();
  readonly #folder: string;
  readonly #changed = new Set<string>();
  #next: Deferred<void> = deferred();
  #timer: NodeJS.Timeout | undefined;
  #failure: BulkheadError | undefined;

  private constructor(folder: string, files: readonly string[]) {
    this.#folder = folder;
    const ignored = (path: string): boolean =>
      isIgnored(relative(folder, path)) || [...this.#others].some((other) => isIgnored(relative(other, path), true));
    this.#watcher = watch([folder, ...files], { ignored, ignoreInitial: true, followSymlinks: false });
    this.#watcher.on('all', (event, path) => {
      if (event === 'addDir' || event === 'unlinkDir') return;
      this.#changed.add(path);
      this.#timer ??= setTimeout(this.#quiet, QUIET_MILLISECONDS);
      this.#timer.refresh();
    });
    this.#watcher.on('error', (error) => {
      const reason = (error as Error).message;
      this.#failure = new BulkheadError('FOLDER_UNWATCHABLE', { folder, reason }, { cause: error });
      this.#next.resolve();
    });
  }

  /** Watches from when this resolves. @throws BulkheadError `FOLDER_UNWATCHABLE`, or the signal's reason */
  static async start(folder: string, files: readonly string[], signal: AbortSignal): Promise<FolderWatch> {
    const watching = new FolderWatch(folder, files);
    const ready = new Promise<void>((resolve) => watching.#watcher.once('ready', resolve));
    await abortable(Promise.race([ready, watching.#next.promise]), signal);
    if (watching.#failure !== undefined) {
      await watching[Symbol.asyncDispose]();
      throw watching.#failure;
    }
    return watching;
  }

  /** Watches these, too, if they are not watched yet: libraries, or files. */
  follow(paths: readonly string[]): void {
    const added = paths.filter((path) => !this.#others.has(path) && relative(this.#folder, path) !== '');
    for (const path of added) this.#others.add(path);
    this.#watcher.add(added);
  }

  /** Absolute paths of the files that have changed since the last time; waits until there is one. @throws as `start` */
  async next(signal: AbortSignal): Promise<readonly string[]> {
    await abortable(this.#next.promise, signal);
    if (this.#failure !== undefined) throw this.#failure;
    const changed = [...this.#changed];
    this.#changed.clear();
    this.#next = deferred();
    return changed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    await this.#watcher.close();
  }

  readonly #quiet = (): void => {
    this.#timer = undefined;
    if (this.#changed.size > 0) this.#next.resolve();
  };
}

/** `path` is relative to a folder that is watched, the plugin's or a library's; one outside of it was asked for by its name. */
export function isIgnored(path: string, isInLibrary = false): boolean {
  if (path === '' || path.split(sep)[0] === '..') return false;
  return isInLibrary ? isMadeByBuilds(path) : isMadeByTools(path);
}
