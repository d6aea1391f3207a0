import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** Which is in no bundle, as the SDK's _bytecode.py says. */
const FOR_TESTS = join('plugin_sdk', 'testing', sep);

/** Where the byte code of the SDK lies, which the first start on an interpreter writes, and those after it read. */
export class SdkBytecode {
  readonly #folder: string;
  readonly #sdk: string;
  #path: Promise<string | undefined> | undefined;
  #hash: Promise<string | undefined> | undefined;

  /** @param sdk holds `plugin_sdk` */
  constructor(folder: string, sdk: string) {
    this.#folder = folder;
    this.#sdk = sdk;
  }

  /**
   * How the path of each bundle begins; an interpreter adds its own ending. Undefined if the sources can't be read or the
   * folder can't be made: Python then imports the SDK as any other package.
   */
  async path(): Promise<string | undefined> {
    return await (this.#path ??= this.#find().catch(() => undefined));
  }

  /** Of the sources; undefined if they can't be read. */
  async hash(): Promise<string | undefined> {
    return await (this.#hash ??= this.#sourcesHash().catch(() => undefined));
  }

  async #find(): Promise<string | undefined> {
    const hash = await this.hash();
    if (hash === undefined) return undefined;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    return join(this.#folder, hash);
  }

  /** Covers the sources, and where they lie: tracebacks show their lines. */
  async #sourcesHash(): Promise<string> {
    const found = await readdir(this.#sdk, { recursive: true });
    const files = found.filter((file) => file.endsWith('.py') && !file.startsWith(FOR_TESTS)).sort();
    const sources = await Promise.all(files.map((file) => readFile(join(this.#sdk, file))));
    const hash = createHash('sha256').update(this.#sdk);
    for (const [index, source] of sources.entries())
      hash.update(`\0${files[index]}\0${source.length}\0`).update(source);
    return hash.digest('hex').slice(0, 32);
  }
}
