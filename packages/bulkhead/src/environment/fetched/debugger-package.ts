import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { asReason } from '../../errors/as-reason.ts';
import { lockOneOf, ownerOf } from '../../lifecycle/file-lock.ts';
import { downloadWheel, hashOfFile, unpackWheel, type WheelFetching } from './pip-wheel.ts';
import { ProgressReporter } from '../build/progress-reporter.ts';
import { discoverPythons } from '../python/python-discovery.ts';
import type { ProgressSink, PythonInterpreter } from '../ready-environment.ts';
import type { StateFolder } from '../state-folder.ts';

/** The newest that runs on 3.9. */
const VERSION = '1.8.21';
/** Of `debugpy-VERSION-py2.py3-none-any.whl`: one file for every Python and every system. */
const WHEEL_SHA256 = 'b1e37d333663c8851516a47364ef473da127f9caebe4417e6df6f5825a7e9a92';
/** pip would else choose the wheel for its own Python and system: the same, but that some of it is compiled. */
const FOR_ANY = ['--platform', 'any', '--retries', '1'];
const FETCH_PATIENCE = 120_000;
/** Not every Python has pip. */
const MOST_PYTHONS = 3;

export interface DebuggerPackageOptions {
  readonly state: StateFolder;
  /** The host's environment variables. */
  readonly variables: NodeJS.ProcessEnv;
}

/** debugpy in the state folder: it is brought into a plugin from there, so that no environment of a plugin has to hold it. */
export class DebuggerPackage {
  readonly #options: DebuggerPackageOptions;
  readonly #folder: string;

  constructor(options: DebuggerPackageOptions) {
    this.#options = options;
    this.#folder = join(options.state.tools, `debugpy-${VERSION}`);
  }

  /**
   * The folder to import it from; fetched first where it is missing, once for all processes.
   *
   * @throws BulkheadError `DEBUGGER_UNAVAILABLE`, `STATE_FOLDER_UNUSABLE`; or the signal's reason
   */
  async obtain(
    plugin: string,
    python: PythonInterpreter,
    signal: AbortSignal,
    progress: ProgressSink = () => {},
  ): Promise<string> {
    if (await this.#isThere()) return this.#folder;
    const { state } = this.#options;
    await state.ensure();
    const reporter = new ProgressReporter(plugin, progress);
    const lock = await lockOneOf([join(state.locks, 'debugpy.lock')], 'fetching debugpy', {
      signal,
      onWait: ({ pid }) => reporter.tell('debugger', `waiting for ${ownerOf(pid)}, which is fetching debugpy`),
      done: () => this.#isThere(),
    });
    try {
      if (!(await this.#isThere())) await this.#fetch(python, signal, reporter);
      return this.#folder;
    } catch (error) {
      throw state.explain(error);
    } finally {
      lock?.release();
      reporter.close();
    }
  }

  async #isThere(): Promise<boolean> {
    return (await stat(this.#folder).catch(() => undefined)) !== undefined;
  }

  async #fetch(python: PythonInterpreter, signal: AbortSignal, reporter: ProgressReporter): Promise<void> {
    const { state, variables } = this.#options;
    reporter.tell('debugger', `fetching debugpy ${VERSION}`);
    const { pythons } = await discoverPythons(state, variables, signal);
    const candidates = new Set([python.executable, ...pythons.map(({ executable }) => executable)]);
    await mkdir(state.tools, { recursive: true });
    const reasons: string[] = [];
    for (const executable of [...candidates].slice(0, MOST_PYTHONS)) {
      const folder = await mkdtemp(join(state.tools, 'download-'));
      try {
        return await this.#fetchInto(folder, { python: executable, variables, signal, limit: FETCH_PATIENCE });
      } catch (error) {
        if (signal.aborted || state.explain(error) !== error) throw error;
        reasons.push((error as Error).message);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
    const reason = asReason([...new Set(reasons)].join('; '));
    throw new BulkheadError('DEBUGGER_UNAVAILABLE', { release: `debugpy ${VERSION}`, reason });
  }

  async #fetchInto(folder: string, fetching: WheelFetching): Promise<void> {
    const wheel = await downloadWheel(`debugpy==${VERSION}`, folder, fetching, FOR_ANY);
    const hash = await hashOfFile(wheel);
    if (hash !== WHEEL_SHA256)
      throw new Error(`the wheel that the package index gave is not the published one: its SHA-256 is ${hash}`);
    await unpackWheel(wheel, join(folder, 'ready'), fetching);
    await rename(join(folder, 'ready'), this.#folder);
  }
}
