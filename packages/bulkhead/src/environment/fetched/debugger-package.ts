import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BulkheadError, isBulkheadError } from '../../errors/bulkhead-error.ts';
import { asReason } from '../../errors/as-reason.ts';
import { type Fetched, fetchOnce } from './fetch-once.ts';
import { downloadWheelWithAny, hashOfFile, unpackWheel } from './pip-wheel.ts';
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
/** Below `tools`. */
export const DEBUGPY_FOLDER: string = `debugpy-${VERSION}`;
const FETCH_PATIENCE = 120_000;

export interface DebuggerPackageOptions {
  readonly state: StateFolder;
  /** The host's environment variables. */
  readonly variables: NodeJS.ProcessEnv;
}

/** debugpy in the state folder: it is brought into a plugin from there, so that no environment of a plugin has to hold it. */
export class DebuggerPackage {
  readonly #options: DebuggerPackageOptions;

  constructor(options: DebuggerPackageOptions) {
    this.#options = options;
  }

  /** Where it lies once it has been fetched. */
  get folder(): string {
    return join(this.#options.state.tools, DEBUGPY_FOLDER);
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
    const { state, variables } = this.#options;
    const reporter = new ProgressReporter(plugin, progress);
    const debugpy: Fetched = {
      name: DEBUGPY_FOLDER,
      what: 'debugpy',
      isThere: async () => (await stat(this.folder).catch(() => undefined)) !== undefined,
      fetchInto: async (folder) => {
        reporter.tell('debugger', `fetching debugpy ${VERSION}`);
        const { pythons } = await discoverPythons(state, variables, signal);
        const candidates = new Set([python.executable, ...pythons.map(({ executable }) => executable)]);
        return await fetchDebugpy(folder, [...candidates], variables, signal);
      },
    };
    try {
      return await fetchOnce(debugpy, { state, signal, onWait: (message) => reporter.tell('debugger', message) });
    } catch (error) {
      signal.throwIfAborted();
      if (isBulkheadError(error) || state.explain(error) !== error) throw state.explain(error);
      const details = { release: `debugpy ${VERSION}`, reason: asReason((error as Error).message) };
      throw new BulkheadError('DEBUGGER_UNAVAILABLE', details, { cause: error });
    } finally {
      reporter.close();
    }
  }
}

async function fetchDebugpy(
  folder: string,
  pythons: readonly string[],
  variables: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string> {
  const settings = { variables, signal, limit: FETCH_PATIENCE, options: FOR_ANY };
  const { wheel, fetching } = await downloadWheelWithAny(pythons, `debugpy==${VERSION}`, folder, settings);
  const hash = await hashOfFile(wheel);
  if (hash !== WHEEL_SHA256)
    throw new Error(`the wheel that the package index gave is not the published one: its SHA-256 is ${hash}`);
  const ready = join(folder, 'ready');
  await unpackWheel(wheel, ready, fetching);
  return ready;
}
