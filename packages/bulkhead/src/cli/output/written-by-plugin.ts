import { stat } from 'node:fs/promises';

/** What a plugin is made of: no plugin writes that while it runs. Everything else may be data. */
const SOURCE = /\.(py|pyi|toml|lock)$/;

/** A plugin that writes into its own folder would be reloaded for it without end: what it wrote is told from what its author did. */
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
    // of one that is gone nobody knows when it went
    return found === undefined || (Math.ceil(found.mtimeMs) >= this.#from && found.mtimeMs <= this.#to);
  }
}
