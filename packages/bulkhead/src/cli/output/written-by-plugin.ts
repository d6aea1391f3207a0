import { stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';

/** Sources, which nothing writes while a plugin is loaded or runs. Every other file may be data, or what a build leaves. */
const SOURCE =
  /\.(?:py|pyi|pyx|rs|proto|[cm]?[jt]sx?|toml|lock)$|(?:^|[\\/])(?:requirements[^\\/]*\.txt|setup\.cfg|package(?:-lock)?\.json|npm-shrinkwrap\.json|\.npmrc|Dockerfile)$/;

/**
 * Tells files that a load or the plugin itself wrote from those that its author changed: reloading for the former would never
 * end. While the environment is built, builders write into libraries; in the plugin's folder nothing writes until it is started.
 */
export class WrittenByPlugin {
  readonly #folder: string;
  #loadedFrom = Number.POSITIVE_INFINITY;
  #ranFrom = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;

  /** @param folder the plugin's */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** It is loaded from now on: its environment comes first. */
  began(): void {
    this.#loadedFrom = Date.now();
    this.#ranFrom = Number.POSITIVE_INFINITY;
    this.#to = Number.POSITIVE_INFINITY;
  }

  /** Its code runs from now on. Later starts of the same load, or by themselves, change nothing. */
  started(): void {
    this.#ranFrom = Math.min(this.#ranFrom, Date.now());
  }

  /** Before anything is said of the outcome: what its author saves in answer to that is not the plugin's. */
  ended(): void {
    this.#to = Math.min(this.#to, Date.now());
  }

  /** Those of the files that are no source, and were changed meanwhile. */
  async among(files: readonly string[]): Promise<ReadonlySet<string>> {
    const written = await Promise.all(files.map(async (file) => !SOURCE.test(file) && (await this.#isFromThen(file))));
    return new Set(files.filter((_, index) => written[index]));
  }

  async #isFromThen(file: string): Promise<boolean> {
    const isInLibrary = relative(this.#folder, file).split(sep)[0] === '..';
    const from = isInLibrary ? this.#loadedFrom : this.#ranFrom;
    const found = await stat(file).catch(() => undefined);
    // a file that is gone has no time of its change
    if (found === undefined) return Number.isFinite(from);
    return Math.ceil(found.mtimeMs) >= from && found.mtimeMs <= this.#to;
  }
}
