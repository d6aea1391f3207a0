import { readdirSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { KeptHashes } from '../build/kept-hashes.ts';
import { MSGPACK_EXTENSIONS, MSGPACK_VERSION } from './accelerator-release.ts';
import { type Fetched, fetchOnce } from './fetch-once.ts';
import { downloadWheelWithAny, hashOfFile, unpackWheel } from './pip-wheel.ts';
import { discoverPythons } from '../python/python-discovery.ts';
import type { PythonInterpreter } from '../ready-environment.ts';
import { writeAtomically } from '../../lifecycle/write-atomically.ts';
import type { StateFolder } from '../state-folder.ts';

export interface AcceleratorOptions {
  readonly state: StateFolder;
  /** The host's environment variables. `BULKHEAD_ACCELERATOR=off`: never used, never fetched. */
  readonly variables: NodeJS.ProcessEnv;
  /** Milliseconds between missing it and fetching it; five seconds unless given. */
  readonly delay?: number;
}

/** The C library of an image. */
type ImageLibc = 'glibc' | 'musl';

/** A system by its name in `MSGPACK_EXTENSIONS`, and by those that wheels give it. */
const SYSTEMS: Readonly<Record<ImageLibc, { readonly name: string; readonly platforms: readonly string[] }>> = {
  glibc: { name: 'linux', platforms: ['manylinux2014', 'manylinux_2_28'] },
  musl: { name: 'musl', platforms: ['musllinux_1_2'] },
};

/** By then the first plugins have started. A host that runs one call and ends never fetches. */
const DELAY = 5_000;
const FETCH_PATIENCE = 120_000;
const RETRY_AFTER = 24 * 60 * 60_000;

/**
 * msgpack's C extension for the Python SDK, in the state folder: no environment of a plugin knows of it. Where it is missing,
 * plugins do without: it is fetched in the background for later starts, and nothing ever waits for it or fails because of it.
 */
export class Accelerator {
  readonly #options: AcceleratorOptions;
  readonly #closing = new AbortController();
  /** Names of builds that are missing, and will be fetched soon. */
  readonly #missing = new Set<string>();
  readonly #fetches = new Map<string, Promise<void>>();
  readonly #hashes: KeptHashes;

  constructor(options: AcceleratorOptions) {
    this.#options = options;
    this.#hashes = new KeptHashes(options.state);
  }

  /**
   * The folder of the extension for an interpreter; undefined if there is none yet: the plugin does without.
   *
   * @param inImage the C library of an interpreter that is in a container
   */
  async folderFor(python: PythonInterpreter, inImage?: ImageLibc): Promise<string | undefined> {
    const build = this.#buildFor(python, inImage);
    if (build === undefined) return undefined;
    if (await this.#isWhole(build)) return build.folder;
    this.#fetchLater(build, python, inImage);
    return undefined;
  }

  /** Fetches the extension for an interpreter, unless it is there or a fetch failed within the last day. Never rejects. */
  async obtain(python: PythonInterpreter, inImage?: ImageLibc): Promise<void> {
    const build = this.#buildFor(python, inImage);
    if (build === undefined || this.#closing.signal.aborted) return;
    let fetch = this.#fetches.get(build.name);
    if (fetch === undefined) {
      fetch = this.#obtain(build, python, inImage).finally(() => this.#fetches.delete(build.name));
      this.#fetches.set(build.name, fetch);
    }
    await fetch;
  }

  /** Ends what is being fetched. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#fetches.values());
  }

  #buildFor({ implementation, version }: PythonInterpreter, inImage: ImageLibc | undefined): Build | undefined {
    const { state, variables } = this.#options;
    if (variables['BULKHEAD_ACCELERATOR'] === 'off' || implementation !== 'cpython') return undefined;
    const system = inImage === undefined ? process.platform : SYSTEMS[inImage].name;
    const tag = `cp${version.split('.').slice(0, 2).join('')}-${system}-${process.arch}`;
    const hash = MSGPACK_EXTENSIONS[tag];
    if (hash === undefined) return undefined;
    const name = `msgpack-${MSGPACK_VERSION}-${tag}`;
    return { name, hash, folder: join(state.tools, name), failed: join(state.tools, `${name}.failed`) };
  }

  /** Loading a truncated library would end the plugin's process. */
  async #isWhole({ folder, hash }: Build): Promise<boolean> {
    try {
      const library = libraryIn(folder);
      return (await this.#hashes.of(folder, [library], () => hashOfFile(join(folder, library)))) === hash;
    } catch {
      return false;
    }
  }

  #fetchLater(build: Build, python: PythonInterpreter, inImage: ImageLibc | undefined): void {
    if (this.#missing.has(build.name)) return;
    this.#missing.add(build.name);
    setTimeout(() => {
      this.#missing.delete(build.name);
      void this.obtain(python, inImage);
    }, this.#options.delay ?? DELAY).unref();
  }

  /** Those first that have pip. */
  async #pythonsHere(): Promise<readonly string[]> {
    const { state, variables } = this.#options;
    const { pythons } = await discoverPythons(state, variables, this.#closing.signal);
    const likeliest = pythons.toSorted((left, right) => Number(right.ensurepip) - Number(left.ensurepip));
    return likeliest.map(({ executable }) => executable);
  }

  async #obtain(build: Build, python: PythonInterpreter, inImage: ImageLibc | undefined): Promise<void> {
    const { state, variables } = this.#options;
    const { signal } = this.#closing;
    try {
      if (await failedLately(build)) return;
      const fetching = {
        variables,
        signal,
        limit: FETCH_PATIENCE,
        options: ['--retries', '1', ...wheelOf(python, inImage)],
      };
      const pythons = inImage === undefined ? [python.executable] : await this.#pythonsHere();
      const extension: Fetched = {
        name: build.name,
        what: 'msgpack',
        // If the process that held the lock failed, those that waited don't try again.
        isThere: async () => (await this.#isWhole(build)) || (await failedLately(build)),
        fetchInto: async (folder) => await fetchExtension(folder, build, pythons, fetching),
      };
      await fetchOnce(extension, { state, signal, onWait: () => undefined });
      if (await this.#isWhole(build)) await rm(build.failed, { force: true });
    } catch (error) {
      if (!signal.aborted) noteFailure(build, error);
    }
  }
}

/** What pip is to look for on behalf of an interpreter that can't run it; nothing of one of this machine. */
function wheelOf({ version }: PythonInterpreter, inImage: ImageLibc | undefined): readonly string[] {
  if (inImage === undefined) return [];
  const [major = '', minor = ''] = version.split('.');
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  return [
    ...SYSTEMS[inImage].platforms.map((platform) => `--platform=${platform}_${machine}`),
    `--python-version=${major}.${minor}`,
    '--implementation=cp',
    `--abi=cp${major}${minor}`,
  ];
}

interface Build {
  readonly name: string;
  readonly folder: string;
  /** A file that says why the last fetch failed. */
  readonly failed: string;
  readonly hash: string;
}

async function fetchExtension(
  folder: string,
  { hash }: Build,
  pythons: readonly string[],
  settings: Parameters<typeof downloadWheelWithAny>[3],
): Promise<string> {
  const { wheel, fetching } = await downloadWheelWithAny(pythons, `msgpack==${MSGPACK_VERSION}`, folder, settings);
  await unpackWheel(wheel, join(folder, 'wheel'), fetching);
  const unpacked = join(folder, 'wheel', 'msgpack');
  const library = libraryIn(unpacked);
  const found = await hashOfFile(join(unpacked, library));
  if (found !== hash)
    throw new Error(`${basename(wheel)} is not the published one: its extension's SHA-256 is ${found}`);
  // The rest of the wheel is not needed: the SDK has what the extension wants of it.
  const ready = join(folder, 'ready');
  await mkdir(ready);
  await rename(join(unpacked, library), join(ready, library));
  return ready;
}

/** Its name. */
function libraryIn(folder: string): string {
  const name = readdirSync(folder).find((entry) => entry.startsWith('_cmsgpack') && entry.endsWith('.so'));
  if (name === undefined) throw new Error(`${folder} holds no C extension`);
  return name;
}

/** A folder that can't be written is reported when something is built. */
function noteFailure({ failed }: Build, error: unknown): void {
  try {
    writeAtomically(failed, `${String(error)}\n`);
  } catch {
    // it is tried again with the next start
  }
}

async function failedLately({ failed }: Build): Promise<boolean> {
  const { mtimeMs } = await stat(failed).catch(() => ({ mtimeMs: -Infinity }));
  return Date.now() - mtimeMs < RETRY_AFTER;
}
