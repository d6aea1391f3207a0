import { stat } from 'node:fs/promises';

/** Sources, which no plugin writes while it runs. Every other file may be its data. */
const SOURCE = /\.(?:py|pyi|[cm]?[jt]sx?|toml|lock)$|(?:^|[\\/])requirements[^\\/]*\.txt$/;

/** Tells files that the plugin wrote from those that its author changed: reloading for the former would never end. */
export class WrittenByPlugin {
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;

  /** The plugin begins to run: it is loaded, then called. */
  began(): void {
    this.#from = Date.now();
    this.#to = Number.POSITIVE_INFINITY;
  }

  ended(): void {
    this.#to = Date.now();
  }

  /** Those of the files that are no source, and were changed while it ran. */
  async among(files: readonly string[]): Promise<ReadonlySet<string>> {
    const written = await Promise.all(files.map(async (file) => !SOURCE.test(file) && (await this.#isFromThen(file))));
    return new Set(files.filter((_, index) => written[index]));
  }

  async #isFromThen(file: string): Promise<boolean> {
    const found = await stat(file).catch(() => undefined);
    // a file that is gone has no time of its change
    return found === undefined || (Math.ceil(found.mtimeMs) >= this.#from && found.mtimeMs <= this.#to);
  }
}
