import { existsSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { deferred, type Deferred } from '../../lifecycle/deferred.ts';
import { isMadeByBuilds, isMadeByTools } from '../../lifecycle/made-by-tools.ts';
import { abortable } from '../../lifecycle/wait.ts';

/** Files that are saved together are one change, which is complete after this long without another file. */
const QUIET_MILLISECONDS = 100;

/** By how much the time of a change may lie before it: the clock of files goes in steps. */
const CLOCK_GRAIN_MILLISECONDS = 10;

/** Tells of changes in folders and files, several that come together at once. chokidar, because Node's own recursive watching loses events on Linux. */
export class FolderWatch implements AsyncDisposable {
  /** One for each time that paths are added: only its first paths does chokidar say to be ready. */
  readonly #watchers: FSWatcher[] = [];
  /** Watched besides the folder: absolute. */
  readonly #others = new Set<string>();
  readonly #folder: string;
  readonly #changed = new Set<string>();
  #next: Deferred<void> = deferred();
  #timer: NodeJS.Timeout | undefined;
  #failure: BulkheadError | undefined;
  readonly #failed: Deferred<void> = deferred();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Watches from when this resolves. @throws BulkheadError `FOLDER_UNWATCHABLE`, or the signal's reason */
  static async start(folder: string, files: readonly string[], signal: AbortSignal): Promise<FolderWatch> {
    const watching = new FolderWatch(folder);
    try {
      await watching.#watch([folder, ...files], watching.#isIgnored, signal);
      if (watching.#failure !== undefined) throw watching.#failure;
      return watching;
    } catch (error) {
      await watching[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Watches these, too, if they are not watched yet: libraries, or files, also such as do not exist yet. From when this
   * resolves; of what has changed since `time`, in milliseconds, `next` tells as well.
   *
   * @throws the signal's reason
   */
  async follow(paths: readonly string[], time: number, signal: AbortSignal): Promise<void> {
    const added = paths.filter((path) => !this.#others.has(path) && relative(this.#folder, path) !== '');
    for (const path of added) this.#others.add(path);
    await Promise.all(
      added.map(async (path) => {
        // of a path that is not there chokidar is ready before it watches for it
        const isBeside = (each: string): boolean => !isWithin(each, path) && !isWithin(path, each);
        await this.#watch([existing(path)], (each) => isBeside(each) || this.#isIgnored(each), signal);
        for await (const file of changedSince(time - CLOCK_GRAIN_MILLISECONDS, path, this.#isIgnored)) this.#note(file);
      }),
    );
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
    await Promise.all(this.#watchers.map((watcher) => watcher.close()));
  }

  /** Resolves when it watches, or when something has failed. */
  async #watch(paths: string[], ignored: (path: string) => boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const watcher = watch(paths, { ignored, ignoreInitial: true, followSymlinks: false });
    this.#watchers.push(watcher);
    watcher.on('all', (event, path) => {
      if (event !== 'addDir' && event !== 'unlinkDir') this.#note(path);
    });
    watcher.on('error', (error) => {
      const reason = (error as Error).message;
      this.#failure = new BulkheadError('FOLDER_UNWATCHABLE', { folder: this.#folder, reason }, { cause: error });
      this.#failed.resolve();
      this.#next.resolve();
    });
    const ready = new Promise<void>((resolve) => watcher.once('ready', resolve));
    await abortable(Promise.race([ready, this.#failed.promise]), signal);
  }

  #note(file: string): void {
    this.#changed.add(file);
    this.#timer ??= setTimeout(this.#quiet, QUIET_MILLISECONDS);
    this.#timer.refresh();
  }

  readonly #isIgnored = (path: string): boolean =>
    isIgnored(relative(this.#folder, path)) ||
    [...this.#others].some((other) => isIgnored(relative(other, path), true));

  readonly #quiet = (): void => {
    this.#timer = undefined;
    if (this.#changed.size > 0) this.#next.resolve();
  };
}

/** The path, or the nearest folder above it that exists. */
function existing(path: string): string {
  return existsSync(path) ? path : existing(dirname(path));
}

function isWithin(path: string, folder: string): boolean {
  return relative(folder, path).split(sep)[0] !== '..';
}

/** The path itself if it is a file, else the files below. What is gone meanwhile is left out. */
async function* changedSince(
  time: number,
  path: string,
  isLeftOut: (path: string) => boolean,
): AsyncGenerator<string, void> {
  if (isLeftOut(path)) return;
  const found = await lstat(path).catch(() => undefined);
  if (found?.isDirectory() === true)
    for (const name of await readdir(path).catch(() => [])) yield* changedSince(time, join(path, name), isLeftOut);
  else if (found !== undefined && found.ctimeMs >= time) yield path;
}

/** `path` is relative to a folder that is watched, the plugin's or a library's; one outside of it was asked for by its name. */
export function isIgnored(path: string, isInLibrary = false): boolean {
  if (path === '' || path.split(sep)[0] === '..') return false;
  return isInLibrary ? isMadeByBuilds(path) : isMadeByTools(path);
}
