import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { PythonInterpreter, ReadyEnvironment } from '../../environment/ready-environment.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { identifyProcess } from '../../lifecycle/process-identity.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { SurvivorSearch } from '../ledger/end-survivors.ts';
import type { Fork } from '../forkserver/fork.ts';
import { INSTANCE_MARK, type Ledger, type LedgerEntry, type ProcessFacts } from '../ledger/ledger.ts';
import { OutputCapture, type OutputStreams } from '../output-capture.ts';
import { processEnvironment } from './process-environment.ts';
import { type ProcessExit, ProcessInstance, type ProcessParts } from './process-instance.ts';
import type { InstanceIdentity, Launcher, OutputLine, ProcessRole, RunningInstance } from '../running-instance.ts';

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

/** A process that runs our bootstrap. */
export interface SpawnedProcess extends ProcessParts {
  readonly child: ChildProcess;
  readonly entry: LedgerEntry;
}

interface SpawnDetails {
  readonly listener: number | undefined;
  readonly mark: string;
  /** See `ProcessLauncherOptions.accelerator`. */
  readonly accelerator: string | undefined;
}

/** A template's own channel, and where it accepts the sockets of its forks; it keeps 3 and 4 free for them. */
export const CHANNEL = 6;

function stdioOf(listener: number | undefined): Extract<StdioOptions, readonly unknown[]> {
  return listener === undefined
    ? ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe']
    : ['ignore', 'pipe', 'pipe', 'ignore', 'ignore', 'pipe', 'pipe', listener];
}

/**
 * Starts a Python plugin as a process of its own: the base interpreter, on our bootstrap, with the two socket pairs of the
 * protocol as descriptors 3 and 4, and the lifeline as 5. Nothing stands between host and plugin: no shell, no shim, no `uv run`.
 */
export class ProcessLauncher implements Launcher {
  readonly #options: ProcessLauncherOptions;
  readonly #survivors = new SurvivorSearch();
  /** Of the processes that run, by pid. */
  readonly #entries = new Map<number, LedgerEntry>();
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
    signal.throwIfAborted();
    const { child, entry: _, ...parts } = await this.spawn(environment, spec, generation);
    const endpoint = {
      kind: 'socket-pair',
      data: child.stdio[3] as Socket,
      control: child.stdio[4] as Socket,
    } as const;
    return new ProcessInstance(endpoint, parts);
  }

  /**
   * Starts the bootstrap, as an instance; or as a template, which accepts the sockets of its forks on `listener`.
   *
   * @throws BulkheadError `PLUGIN_LAUNCH_FAILED`
   */
  async spawn(
    environment: ReadyEnvironment,
    spec: PluginSpec,
    generation: number,
    listener?: number,
  ): Promise<SpawnedProcess> {
    const accelerator = await this.#options.accelerator?.(environment.runtime.python);
    const entry = this.#options.ledger.open();
    const child = this.#spawn(environment, spec, { listener, mark: entry.mark, accelerator });
    // Listened to in the same tick as `spawn`, or the exit might be missed.
    const ended = new Promise<ProcessExit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    if (child.pid === undefined) {
      entry.remove();
      return await launchFailure(child, spec.id);
    }
    const identity = { ...(identifyProcess(child.pid) ?? { pid: child.pid, startTime: undefined }), generation };
    const role = listener === undefined ? 'instance' : 'template';
    const numbered = role === 'instance' ? { generation } : {};
    entry.started({
      pid: child.pid,
      startTime: identity.startTime,
      plugin: spec.id,
      folder: spec.folder,
      role,
      ...numbered,
    });
    // Forks carry the mark of their template: what they left behind is ended with it.
    this.#follow(child.pid, entry, ended, () => this.#survivors.endSurvivorsOf(entry));
    const output = this.capture(spec, identity, { stdout: child.stdout as Readable, stderr: child.stderr as Readable });
    const lifeline = (child.stdio as readonly unknown[])[LIFELINE] as Socket;
    return { child, entry, identity, output, lifeline, ended };
  }

  /** Passes on what an instance writes, line by line. */
  capture(spec: PluginSpec, identity: InstanceIdentity, streams: OutputStreams): OutputCapture {
    return new OutputCapture(streams, (line) => this.#options.output(spec.id, identity, line));
  }

  /** Writes down a process that a template has forked: it was there before, under the mark of its template. */
  adopt({ identity, entry, ended }: Fork, { id, folder }: PluginSpec, role: ProcessRole): void {
    entry.note({ ...identity, plugin: id, folder, role });
    this.#follow(identity.pid, entry, ended, () => entry.remove());
  }

  /** Writes down what has become of a process that runs. */
  note(pid: number, changes: Partial<ProcessFacts>): void {
    this.#entries.get(pid)?.note(changes);
  }

  #follow(pid: number, entry: LedgerEntry, ended: Promise<unknown>, afterwards: () => void): void {
    this.#entries.set(pid, entry);
    void ended.then(() => {
      if (this.#entries.get(pid) === entry) this.#entries.delete(pid);
      afterwards();
    });
  }

  #spawn(environment: ReadyEnvironment, spec: PluginSpec, { listener, mark, accelerator }: SpawnDetails): ChildProcess {
    const { identity, runtime } = environment;
    const { prefix, sitePackages, python } = runtime;
    const stdio = stdioOf(listener);
    const parameters = {
      plugin: spec.id,
      folder: spec.folder,
      'entry-point': spec.launch.entryPoint,
      prefix,
      'site-packages': sitePackages,
      environment: identity,
      pycache: this.#options.bytecodeFolder,
      ...(accelerator === undefined ? {} : { accelerator }),
      endpoint: 'fd:3,4',
      lifeline: `fd:${LIFELINE}`,
      descriptors: String(stdio.length),
      ...(listener !== undefined ? { start: 'fork' } : {}),
    };
    const options = Object.entries(parameters).flatMap(([name, value]) => [`--${name}`, value]);
    return spawn(python.executable, ['-I', '-S', this.#bootstrap, ...options], {
      cwd: spec.folder,
      env: {
        ...processEnvironment(this.#options.variables ?? process.env, spec.launch.variables, prefix),
        [INSTANCE_MARK]: mark,
      },
      stdio,
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
  }
}

/** The Python SDK's own folder: it is put on the plugin's path, never installed into its environment. */
function sdkFolder(): string {
  return join(dirname(createRequire(import.meta.url).resolve('@bulkhead/plugin-sdk-python/package.json')), 'src');
}

async function launchFailure(child: ChildProcess, plugin: string): Promise<never> {
  const [error] = (await once(child, 'error').catch((thrown: unknown) => [thrown])) as [Error];
  throw new BulkheadError('PLUGIN_LAUNCH_FAILED', { plugin, reason: error.message }, { cause: error });
}
