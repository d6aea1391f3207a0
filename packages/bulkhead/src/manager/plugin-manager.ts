import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { ProgressSink, ReadyEnvironment } from '../environment/ready-environment.ts';
import { Accelerator } from '../environment/fetched/accelerator.ts';
import { DebuggerPackage } from '../environment/fetched/debugger-package.ts';
import { environmentsOf } from '../environment/environments.ts';
import { StateFolder } from '../environment/state-folder.ts';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { HookRegistration } from '../hooks/hook-registry.ts';
import type { HookCallback } from '../hooks/hook.ts';
import { Ledger } from '../launcher/ledger/ledger.ts';
import { ProcessLauncher } from '../launcher/process/process-launcher.ts';
import type { InstanceIdentity } from '../launcher/running-instance.ts';
import { type OrphanedProcess, sweepLedger } from '../launcher/ledger/sweep-ledger.ts';
import { nearestName } from '../lifecycle/nearest-name.ts';
import { createLogger, EventLog } from '../monitor/event-log.ts';
import { Metrics } from '../monitor/metrics.ts';
import { allOf, allOfHooks, allOfResources } from '../monitor/observers.ts';
import type { PluginObserver } from '../pool/plugin-observer.ts';
import { StartGate } from '../pool/start-gate.ts';
import { loadPluginFolder } from '../registry/load-plugin-folder.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { readDeclaration } from '../registry/read-declaration.ts';
import { readRegistry } from '../registry/read-registry.ts';
import type { AcquireOptions } from '../resources/acquire-options.ts';
import { ResourceManager } from '../resources/resource-manager.ts';
import { type CallInput, callInput, plainInput } from '../session/call-input.ts';
import type { CallReceiver } from '../session/call-receiver.ts';
import type { HostCallRequest } from '../session/host-calls.ts';
import { PluginStream } from '../session/plugin-stream.ts';
import { debugRevision, type DebugOptions, type DebugTarget } from './debug-plugin.ts';
import { bytesOf, checkAction, checkTimeout, type ExecuteOptions } from './execute-options.ts';
import { pathOfHostCall } from './host-call-path.ts';
import { type Declared, HostedPlugin } from './hosted-plugin.ts';
import { LeaseNotes } from './lease-notes.ts';
import { type ExecuteHooksOptions, type EventHooks, type HookCallbackOptions, ManagerHooks } from './manager-hooks.ts';
import type { Stages } from './plugin-revision.ts';
import type { PluginStatus } from './plugin-status.ts';
import type { ReloadReport } from './reload-report.ts';
import { ResourceOwners } from './resource-owners.ts';

/** A start waits for the disk about as long as it computes. */
const STARTS_FOR_EACH_PROCESSOR = 2;

export interface PluginManagerOptions {
  /** Folder for environments, tools and locks; `BULKHEAD_HOME`, or the user's data folder, unless given. */
  readonly home?: string;
  /** A pino logger; unless given one that writes JSON lines to standard error, from the level in `BULKHEAD_LOG` (`warn`). */
  readonly logger?: Logger;
  /** The host's environment variables, from which `${env:…}` and the plugins' allow-list are read; `process.env` unless given. */
  readonly variables?: NodeJS.ProcessEnv;
  /** Whether `open` starts the plugins with `instances: { min: … }` ahead of their first call; true unless given. */
  readonly startAhead?: boolean;
  /** Units of the resources that are counted; beside those of the registry, which go first. */
  readonly resources?: Readonly<Record<string, number>>;
}

export interface ReloadOptions {
  /** Told of what is done for the environment. */
  readonly onProgress?: ProgressSink;
}

/** Loads plugins and calls them. Each lives in a process and an environment of its own; none can hurt another, or this one. */
export class PluginManager implements AsyncDisposable {
  /** What plugins ask for with `context.lock`, and the application beside them. */
  readonly resources: ResourceManager;
  /** In the order of the registry. */
  readonly #plugins = new Map<string, HostedPlugin>();
  /** All there is about hooks; `registerHook` and `executeHooks` are the short forms. */
  readonly hooks: EventHooks;
  readonly #hooks: ManagerHooks;
  readonly #metrics = new Metrics(() => [...this.#plugins.values()].flatMap(({ cacheSizes }) => cacheSizes));
  readonly #owners = new ResourceOwners();
  readonly #leaseNotes: LeaseNotes;
  readonly #stages: Stages;
  readonly #accelerator: Accelerator;
  readonly #debugger: DebuggerPackage;
  readonly #closing = new AbortController();
  readonly #swept: Promise<readonly OrphanedProcess[]>;
  #closed: Promise<void> | undefined;

  /** A manager without plugins, for `loadPlugin`. */
  constructor(options: PluginManagerOptions = {}) {
    const variables = options.variables ?? process.env;
    const state = StateFolder.of(variables, options.home);
    const log = new EventLog(options.logger ?? createLogger(variables));
    const environment = { state, variables };
    this.#accelerator = new Accelerator(environment);
    this.#debugger = new DebuggerPackage(environment);
    const ledger = new Ledger(state.instances);
    const capacities = options.resources ?? {};
    this.#leaseNotes = new LeaseNotes(ledger, () => this.resources.status());
    const observer = allOfResources([this.#metrics.ofResources(Object.keys(capacities)), this.#leaseNotes]);
    this.resources = new ResourceManager({ capacities, observer });
    this.#swept = sweepLedger(ledger).then(
      (ended) => log.swept(ended),
      (error: unknown) => log.notSwept(error as Error),
    );
    const processes = new ProcessLauncher({
      variables,
      bytecodeFolder: join(state.root, 'bytecode'),
      accelerator: (python) => this.#accelerator.folderFor(python),
      ledger,
      output: (plugin, instance, line) => log.output(plugin, instance, this.#onlyCall(plugin, instance), line),
    });
    this.hooks = this.#hooks = new ManagerHooks({
      plugins: this.#plugins,
      observer: allOfHooks([this.#metrics, log]),
      leftOut: (...what) => log.hooksLeftOut(...what),
    });
    this.#stages = {
      environments: environmentsOf(environment),
      processes,
      observer: allOf([this.#metrics, log, healthNotes(processes)]),
      log,
      cacheObserver: this.#metrics.caches,
      hostCall: (plugin, caller, request, signal) => this.#hostCall(plugin, caller, request, signal),
      lease: (_, caller, { name, options }, signal) =>
        this.resources.acquire(this.#owners.of(caller), name, { ...(options as AcquireOptions), signal }),
      hooks: this.#hooks,
      startGate: new StartGate(STARTS_FOR_EACH_PROCESSOR * availableParallelism()),
    };
  }

  /**
   * Reads a registry file. A plugin whose folder or manifest has a mistake holds up no other: calls to it are answered by
   * that mistake.
   *
   * @throws BulkheadError `REGISTRY_NOT_FOUND`, `REGISTRY_INVALID`
   */
  static async open(registry: string, options: PluginManagerOptions = {}): Promise<PluginManager> {
    const reading = options.variables === undefined ? {} : { variables: options.variables };
    const { file, plugins, resources } = await readRegistry(registry, reading);
    const manager = new PluginManager({ ...options, resources: { ...options.resources, ...resources } });
    for (const { id, spec, problem, hooks } of plugins)
      manager.#host({ id, spec: spec ?? problem, hooks, readAgain: () => readDeclaration(file, id, reading) });
    if (options.startAhead ?? true) for (const plugin of manager.#plugins.values()) plugin.keepWarm();
    return manager;
  }

  /**
   * Adds the plugin in a folder that stands in no registry.
   *
   * @returns its id: its manifest's, or else made of the folder's name.
   * @throws BulkheadError `PLUGIN_FOLDER_MISSING`, `PLUGIN_ENTRY_POINT_MISSING`, `MANIFEST_INVALID`, `PLUGIN_ALREADY_LOADED`
   */
  async loadPlugin(folder: string): Promise<string> {
    this.#ensureOpen();
    const spec = await loadPluginFolder(folder);
    const { id } = spec;
    if (this.#plugins.has(id)) throw new BulkheadError('PLUGIN_ALREADY_LOADED', { plugin: id });
    // It goes on being called as those who loaded it know it.
    const readAgain = async (): Promise<PluginSpec> => ({ ...(await loadPluginFolder(spec.folder)), id });
    this.#host({ id, spec, readAgain }).keepWarm();
    return id;
  }

  /**
   * Calls an action of a plugin; its environment is made ready and an instance started first, where there is none.
   *
   * @param data plain objects, arrays, text, numbers, bigints, booleans, null, Dates, binary and typed arrays. Large binary
   * values are sent as they are when the socket takes them: leave them unchanged until the call is answered. The input
   * itself, or the value of a key of it, may be a stream: an async iterable, such as a Readable, or an iterator, such as a
   * generator. It is read as the plugin takes it, and belongs to the call: whichever way that ends, it is closed.
   * @returns what the action returned; integers beyond 2^53 as bigint, bytes as Uint8Array, numpy arrays as typed arrays or NdArray;
   * if it is a generator, a `PluginStream`, whose end is the call's end. Of an action that is declared pure it may be a kept answer.
   * @throws BulkheadError of any code in docs/errors.md; what a stream of the input throws, as it is.
   */
  executePlugin(id: string, data: unknown = null, options: ExecuteOptions = {}): Promise<unknown> {
    try {
      const input = callInput(data);
      return input.sources.length === 0 ? this.#execute(id, input, options) : this.#feed(id, input, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Adds a callback to the chain of an event. Higher priority first; each transforms the data.
   *
   * @throws BulkheadError `HOOK_ORDER_UNSATISFIABLE`, `HOOK_ALREADY_REGISTERED`, `ARGUMENT_INVALID`
   */
  registerHook<Data = unknown>(
    event: string,
    callback: HookCallback<Data>,
    priorityOrOptions: number | HookCallbackOptions = 50,
  ): HookRegistration {
    const isPriority = typeof priorityOrOptions === 'number';
    return this.#hooks.register(event, callback, isPriority ? { priority: priorityOrOptions } : priorityOrOptions);
  }

  /**
   * Takes data through the hooks of an event: callbacks, and the hooks of all plugins that list it; they are started first.
   *
   * @throws BulkheadError as `ManagerHooks.run`; `HOOK_VETOED` when a hook stopped the chain
   */
  async executeHooks<Data>(event: string, data: Data, options: ExecuteHooksOptions = {}): Promise<Data> {
    this.#ensureOpen();
    checkTimeout(options.timeout);
    return await this.#hooks.execute(event, data, options);
  }

  /** Makes a plugin's environment ready without starting it. @throws BulkheadError of blame `environment` or `user` */
  async preparePlugin(id: string, progress?: ProgressSink): Promise<ReadyEnvironment> {
    return await this.#find(id).prepare(progress);
  }

  /** Starts an instance ahead of the first call. @throws BulkheadError as `executePlugin` */
  async startPlugin(id: string): Promise<void> {
    await this.#find(id).revision.pool.start();
  }

  /** Has a plugin tried at once that failed too often and is left alone (`state: "broken"`), or waits for its next start. */
  resetPlugin(id: string): void {
    this.#find(id).revision.pool.reset();
  }

  /** Forgets the kept answers of a plugin's pure actions, or of all plugins'. */
  clearCache(id?: string): void {
    for (const plugin of id === undefined ? this.#plugins.values() : [this.#find(id)]) plugin.clearCache();
  }

  /**
   * Reads the plugin's declaration anew (its registry entry and manifest, or its folder), makes its environment ready, starts
   * new instances beside the old ones, and when they answer sends all calls to them; the old ones finish what they have. No
   * call fails because of it. A reload that is asked for while another runs follows it; several that wait are one.
   *
   * @throws BulkheadError of any blame: then the old instances serve on, as the error says in `context.servesOn`.
   */
  async reload(id: string, options: ReloadOptions = {}): Promise<ReloadReport> {
    return await this.#find(id).reload(options.onProgress);
  }

  /**
   * Lets a debugger attach to the plugin's instances, on this machine only; one is started where there is none. From then on
   * their calls have no time limits. Whoever connects may run any code as this user: nothing else protects the port.
   *
   * @throws BulkheadError `DEBUGGER_UNAVAILABLE`, `DEBUG_FAILED`, `DEBUG_UNSUPPORTED`, and as `startPlugin`
   */
  async debug(id: string, options: DebugOptions = {}): Promise<readonly DebugTarget[]> {
    const { port = 0, signal } = options;
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw new BulkheadError('ARGUMENT_INVALID', { argument: 'port', reason: `${port} is not between 0 and 65535` });
    const signals = [this.#closing.signal, ...(signal === undefined ? [] : [signal])];
    return await debugRevision(this.#find(id).revision, this.#debugger, {
      ...options,
      signal: AbortSignal.any(signals),
    });
  }

  /** What is known of each plugin now, in the order of the registry. */
  plugins(): readonly PluginStatus[] {
    return [...this.#plugins.values()].map((plugin) => plugin.status());
  }

  /** What an earlier host that was killed had left running, and this one has ended. Never rejects. */
  swept(): Promise<readonly OrphanedProcess[]> {
    return this.#swept;
  }

  /** The metrics in Prometheus' text format. */
  async metrics(): Promise<string> {
    return await this.#metrics.text();
  }

  /** Stops every instance: they finish the calls they were sent, and clean up. Idempotent. */
  close(): Promise<void> {
    this.#closing.abort(new BulkheadError('MANAGER_CLOSED', { what: 'it was closed meanwhile' }));
    this.#closed ??= Promise.allSettled([
      this.#swept,
      this.#accelerator.close(),
      this.#hooks.close(),
      ...[...this.#plugins.values()].map((plugin) => plugin.close()),
    ]).then(() => {
      this.resources.close();
      this.#leaseNotes.close();
    });
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #execute(id: string, input: CallInput, options: ExecuteOptions): Promise<unknown> {
    const { action = 'execute', timeout, signal, onProgress } = options;
    checkTimeout(timeout);
    checkAction(action);
    const into = options.into === undefined ? undefined : bytesOf(options.into);
    const { calls, pool } = this.#find(id).revision;
    const isCached = into === undefined && options.cache !== false && input.sources.length === 0;
    if (isCached) return calls.execute(action, input, { timeout, signal, onProgress }, true);
    return pool.execute(action, input, { timeout, signal, onProgress, into });
  }

  /** The sources of a call that could not be sent belong to nobody else. */
  async #feed(id: string, input: CallInput, options: ExecuteOptions): Promise<unknown> {
    try {
      return await this.#execute(id, input, options);
    } catch (error) {
      for (const source of input.sources) source.close();
      throw error;
    }
  }

  async #hostCall(
    plugin: PluginSpec,
    caller: CallReceiver,
    { plugin: target, action, input, timeout }: HostCallRequest,
    signal: AbortSignal,
  ): Promise<unknown> {
    checkAction(action);
    const path = pathOfHostCall(plugin, caller.path ?? [plugin.id], target);
    const { calls, spec } = this.#find(target).revision;
    const left = Math.max(1, (caller.deadline ?? Number.POSITIVE_INFINITY) - performance.now());
    const limit = Math.min(timeout ?? spec.calls.timeouts.call, left);
    // What the plugin itself has set is what it is ready to wait, whatever for.
    const countsWaiting = timeout !== undefined;
    const answer = await calls.execute(
      action,
      plainInput(input),
      {
        timeout: limit,
        countsWaiting,
        signal,
        path,
        // One that runs beside others may go on meanwhile, and let go of what it has.
        awaitedBy: plugin.calls.concurrency === 1 ? caller : undefined,
      },
      false,
    );
    if (!(answer instanceof PluginStream)) return answer;
    await answer.return();
    const reason = 'a stream goes to the host only; let the action return a list';
    throw new BulkheadError('RESULT_NOT_ENCODABLE', { plugin: target, action, path: '$', reason });
  }

  #host(declared: Declared): HostedPlugin {
    const plugin = new HostedPlugin(declared, this.#stages);
    this.#plugins.set(declared.id, plugin);
    this.#hooks.changed();
    return plugin;
  }

  #find(id: string): HostedPlugin {
    this.#ensureOpen();
    const plugin = this.#plugins.get(id);
    if (plugin !== undefined) return plugin;
    const known = [...this.#plugins.keys()];
    throw new BulkheadError('PLUGIN_UNKNOWN', { plugin: id, nearest: nearestName(id, known), known });
  }

  #ensureOpen(): void {
    if (this.#closed !== undefined)
      throw new BulkheadError('MANAGER_CLOSED', { what: 'it was closed before this call' });
  }

  /** The call to which a printed line belongs, when only one is running. */
  #onlyCall(plugin: string, { generation }: InstanceIdentity): number | undefined {
    return this.#plugins.get(plugin)?.onlyCallOf(generation);
  }
}

/** For those who ask from outside: see `runningProcesses`. */
function healthNotes(processes: ProcessLauncher): Partial<PluginObserver> {
  return {
    instanceStarted: (_, { pid }) => processes.note(pid, { health: 'ready' }),
    healthChanged: (_, { pid }, health) => processes.note(pid, { health }),
  };
}
