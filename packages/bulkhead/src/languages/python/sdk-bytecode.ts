import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeptHashes } from '../../environment/build/kept-hashes.ts';

/** What is in no bundle, as the SDK's _bytecode.py says. */
const LEFT_OUT = ['__pycache__', 'testing'];

/** Where the byte code of the SDK lies, which the first start on an interpreter writes, and those after it read. */
export class SdkBytecode {
  readonly #folder: string;
  readonly #sdk: string;
  readonly #hashes: KeptHashes;
  #path: Promise<string | undefined> | undefined;
  #hash: Promise<string | undefined> | undefined;

  /** @param sdk holds `plugin_sdk` */
  constructor(folder: string, sdk: string, hashes: KeptHashes) {
    this.#folder = folder;
    this.#sdk = sdk;
    this.#hashes = hashes;
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

  async #sourcesHash(): Promise<string> {
    const files = sourcesIn(this.#sdk, 'plugin_sdk').toSorted();
    return await this.#hashes.of(this.#sdk, files, () => this.#hashOf(files));
  }

  /** Covers the sources, and where they lie: tracebacks show their lines. */
  async #hashOf(files: readonly string[]): Promise<string> {
    const sources = await Promise.all(files.map((file) => readFile(join(this.#sdk, file))));
    const hash = createHash('sha256').update(this.#sdk);
    for (const [index, source] of sources.entries())
      hash.update(`\0${files[index]}\0${source.length}\0`).update(source);
    return hash.digest('hex').slice(0, 32);
  }
}

/** Relative to the folder that holds `plugin_sdk`. In one go: a wait for each folder would take many times as long. */
function sourcesIn(sdk: string, folder: string): string[] {
  const entries = readdirSync(join(sdk, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return LEFT_OUT.includes(entry.name) ? [] : sourcesIn(sdk, path);
    return path.endsWith('.py') ? [path] : [];
  });
}
