import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { PythonInterpreter, ReadyEnvironment } from '../environment/ready-environment.ts';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { identifyProcess } from '../lifecycle/process-identity.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { SurvivorSearch } from './end-survivors.ts';
import { INSTANCE_MARK, type Ledger } from './ledger.ts';
import { OutputCapture } from './output-capture.ts';
import { processEnvironment } from './process-environment.ts';
import { ProcessInstance } from './process-instance.ts';
import type { InstanceIdentity, Launcher, OutputLine, RunningInstance } from './running-instance.ts';

/** The descriptor whose other end is this process's alone: what ends with it; see the protocol, "Lifeline". */
const LIFELINE = 5;

export interface ProcessLauncherOptions {
  /** Told of each line that an instance writes. */
  readonly output: (plugin: string, instance: InstanceIdentity, line: OutputLine) => void;
  /** Folder for the bytecode of the Python SDK. */
  readonly bytecodeFolder: string;
  /** Where the C extension of the Python SDK's codec lies that fits an interpreter; undefined where there is none. */
  readonly accelerator?: (python: PythonInterpreter) => Promise<string | undefined>;
  /** Where each instance is written down while it runs. */
  readonly ledger: Ledger;
  /** The host's environment variables; `process.env` unless given. */
  readonly variables?: NodeJS.ProcessEnv;
}

/**
 * Starts a Python plugin as a process of its own: the base interpreter, on our bootstrap, with the two socket pairs of the
 * protocol as descriptors 3 and 4, and the lifeline as 5. Nothing stands between host and plugin: no shell, no shim, no `uv run`.
 */
export class ProcessLauncher implements Launcher {
  readonly #options: ProcessLauncherOptions;
  readonly #survivors = new SurvivorSearch();
  readonly #bootstrap = join(sdkFolder(), 'plugin_sdk', 'bootstrap.py');

  constructor(options: ProcessLauncherOptions) {
    this.#options = options;
  }

  async launch(
    environment: ReadyEnvironment,
    spec: PluginSpec,
    generation: number,
    signal: AbortSignal,
  ): Promise<RunningInstance> {
    const accelerator = await this.#options.accelerator?.(environment.python);
    signal.throwIfAborted();
    const entry = this.#options.ledger.open();
    const child = this.#spawn(environment, spec, { mark: entry.mark, accelerator });
    if (child.pid === undefined) {
      entry.remove();
      throw await launchFailure(child, spec.id);
    }
    const identity = { ...(identifyProcess(child.pid) ?? { pid: child.pid, startTime: undefined }), generation };
    entry.started(spec.id, identity);
    const streams = {
      stdout: child.stdout as NonNullable<typeof child.stdout>,
      stderr: child.stderr as NonNullable<typeof child.stderr>,
    };
    const output = new OutputCapture(streams, (line) => this.#options.output(spec.id, identity, line));
    const instance = new ProcessInstance(child, identity, output);
    void instance.exited.then(() => this.#survivors.endSurvivorsOf(entry));
    return instance;
  }

  #spawn(
    environment: ReadyEnvironment,
    spec: PluginSpec,
    { mark, accelerator }: { readonly mark: string; readonly accelerator: string | undefined },
  ): ChildProcess {
    const { prefix, sitePackages, identity, python } = environment;
    const parameters = {
      plugin: spec.id,
      folder: spec.folder,
      'entry-point': spec.entryPoint,
      prefix,
      'site-packages': sitePackages,
      environment: identity,
      pycache: this.#options.bytecodeFolder,
      ...(accelerator === undefined ? {} : { accelerator }),
      lifeline: String(LIFELINE),
    };
    const options = Object.entries(parameters).flatMap(([name, value]) => [`--${name}`, value]);
    return spawn(python.executable, ['-I', '-S', this.#bootstrap, ...options], {
      cwd: spec.folder,
      env: {
        ...processEnvironment(this.#options.variables ?? process.env, spec.variables, prefix),
        [INSTANCE_MARK]: mark,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
  }
}

/** The Python SDK's own folder: it is put on the plugin's path, never installed into its environment. */
function sdkFolder(): string {
  return join(dirname(createRequire(import.meta.url).resolve('@bulkhead/plugin-sdk-python/package.json')), 'src');
}

async function launchFailure(child: ChildProcess, plugin: string): Promise<BulkheadError> {
  const [error] = (await once(child, 'error').catch((thrown: unknown) => [thrown])) as [Error];
  return new BulkheadError('PLUGIN_LAUNCH_FAILED', { plugin, reason: error.message }, { cause: error });
}
