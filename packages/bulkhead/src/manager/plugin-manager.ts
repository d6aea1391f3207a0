import type { PrepareOptions, ProgressSink, ReadyEnvironment } from '../environment/ready-environment.ts';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { checkOptions, pathOf } from '../errors/check-options.ts';
import { tellCaller } from '../errors/tell-caller.ts';
import type { HookRegistration } from '../hooks/hook-registry.ts';
import type { HookCallback } from '../hooks/hook.ts';
import type { OrphanedProcess } from '../launcher/ledger/sweep-ledger.ts';
import { guardedListener } from '../lifecycle/guarded.ts';
import type { ResourceManager } from '../resources/resource-manager.ts';
import { closeWhenDone } from './close-when-done.ts';
import { type Composition, composeStages } from './compose-stages.ts';
import { debugRevision, type DebugOptions, type DebugTarget } from './debug-plugin.ts';
import type { DescribedPlugin, DescribeOptions } from './describe-plugins.ts';
import { EventListeners } from './event-listeners.ts';
import type { ExecuteOptions } from './execute-options.ts';
import type { HostedPlugin } from './hosted-plugin.ts';
import { HostedPlugins } from './hosted-plugins.ts';
import type { EventHooks, ExecuteHooksOptions, HookCallbackOptions } from './manager-hooks.ts';
import { MANAGER_OPTIONS, type PluginManagerOptions, readingFor, type ReloadOptions } from './manager-options.ts';
import { readDeclaration, readRegistry } from './loaded-later.ts';
import { PluginCalls } from './plugin-calls.ts';
import { pluginHandle } from './plugin-handle.ts';
import { type PluginDescription, type PluginStatus, withUsage } from './plugin-status.ts';
import type {
  ActionInput,
  ActionResult,
  DeclaredActions,
  DeclaredPlugins,
  ExecuteArguments,
  PluginHandle,
  UncheckedId,
  Undeclared,
} from './plugin-types.ts';
import type { ReloadReport } from './reload-report.ts';

/**
 * Loads plugins and calls them. Each runs in a process and an environment of its own; none can hurt another, or the host.
 *
 * @typeParam Plugins what is declared of them, such as by `bulkhead types`; without it nothing is checked before a call
 */
export class PluginManager<Plugins extends DeclaredPlugins<Plugins> = Undeclared>
  extends EventListeners
  implements AsyncDisposable
{
  /** The resources that plugins ask for with `context.lock`, and the application beside them. */
  readonly resources: ResourceManager;
  /** All methods for hooks; `registerHook` and `executeHooks` are short forms. */
  readonly hooks: EventHooks;
  readonly #plugins: HostedPlugins;
  readonly #calls: PluginCalls;
  readonly #composed: Composition;
  readonly #closing = new AbortController();
  readonly #stayOpen: () => void;
  #closed: Promise<void> | undefined;

  /** A manager without plugins, for `loadPlugin`. @throws BulkheadError `SDK_NOT_FOUND`, `ARGUMENT_INVALID` */
  constructor(options: PluginManagerOptions = {}) {
    super();
    checkOptions(options, MANAGER_OPTIONS, 'PluginManager');
    this.#calls = new PluginCalls((id) => this.#plugins.find(id).revision);
    const plugins = new Map<string, HostedPlugin>();
    this.#composed = composeStages(options, plugins, this.heard, (...call) => this.#calls.hostCall(...call));
    this.#plugins = new HostedPlugins(plugins, this.#composed, readingFor(options));
    this.resources = this.#composed.resources;
    this.hooks = this.#composed.hooks;
    this.#stayOpen = closeWhenDone(
      () => this.#composed.stages.work.isNone,
      () => this.#close('it had closed itself, because the program had nothing left to do'),
    );
  }

  /**
   * Reads a registry file. A plugin whose folder or manifest has a mistake holds up no other: calls to it are answered by
   * that mistake.
   *
   * @param registry its path, or a `file:` URL such as `new URL('./plugins.yaml', import.meta.url)`
   * @throws BulkheadError `REGISTRY_NOT_FOUND`, `REGISTRY_INVALID`, and as the constructor
   */
  static async open<Plugins extends DeclaredPlugins<Plugins> = Undeclared>(
    registry: string | URL,
    options: PluginManagerOptions = {},
  ): Promise<PluginManager<Plugins>> {
    const path = pathOf(registry, 'registry', 'PluginManager.open');
    checkOptions(options, MANAGER_OPTIONS, 'PluginManager.open');
    const reading = readingFor(options);
    const { file, plugins, resources, defaults } = await readRegistry(path, reading);
    const manager = new PluginManager<Plugins>({ ...options, resources: { ...options.resources, ...resources } });
    manager.#plugins.defaults = defaults;
    for (const { id, spec, problem, hooks } of plugins)
      manager.#plugins.add({ id, spec: spec ?? problem, hooks, readAgain: () => readDeclaration(file, id, reading) });
    if (options.startAhead ?? true) for (const plugin of manager.#plugins.all) plugin.keepWarm();
    return manager;
  }

  /**
   * Adds a plugin that is in no registry, by its folder.
   *
   * @returns its id: its manifest's, or else made of the folder's name.
   * @throws BulkheadError `PLUGIN_FOLDER_MISSING`, `PLUGIN_ENTRY_POINT_MISSING`, `MANIFEST_INVALID`, `PLUGIN_ALREADY_LOADED`
   */
  async loadPlugin(folder: string | URL): Promise<string> {
    return await this.#plugins.load(pathOf(folder, 'folder', 'loadPlugin'));
  }

  /**
   * Calls an action of a plugin; first makes its environment ready and starts an instance, if there is none.
   *
   * @param data plain objects, arrays, text, numbers, bigints, booleans, null, Dates, binary and typed arrays. The plugin gets what
   * they are now, whatever becomes of them later; `lend` spares the copy that this may take. The input
   * itself, or the value of a key of it, may be a stream: an async iterable, such as a Readable, or an iterator, such as a
   * generator. It is read as the plugin takes it, and belongs to the call: whichever way that ends, it is closed.
   * @typeParam Result what the caller knows that the action returns; nothing checks it
   * @returns what the action returned; integers beyond 2^53 as bigint, bytes as Uint8Array, numpy arrays as typed arrays or NdArray;
   * if it is a generator, a `PluginStream`, whose end is the call's end. Of an action that is declared pure it may be a kept answer.
   * @throws BulkheadError `PLUGIN_RAISED` when the action raised, `ACTION_UNKNOWN`, `INPUT_REJECTED`, `CALL_TIMEOUT`, `CALL_CANCELLED`,
   * `PLUGIN_CRASHED`, or another code of docs/errors.md; what a stream of the input throws, as it is
   */
  executePlugin<Result = unknown>(id: UncheckedId<Plugins>, data?: unknown, options?: ExecuteOptions): Promise<Result>;
  executePlugin<Id extends keyof Plugins & string>(
    id: Id,
    ...call: ExecuteArguments<Plugins[Id]>
  ): Promise<ActionResult<Plugins[Id]['execute' & keyof Plugins[Id]]>>;
  executePlugin<Id extends keyof Plugins & string, Action extends keyof Plugins[Id] & string>(
    id: Id,
    data: ActionInput<Plugins[Id][Action]>,
    options: ExecuteOptions & { readonly action: Action },
  ): Promise<ActionResult<Plugins[Id][Action]>>;
  executePlugin(id: string, data: unknown = null, options: ExecuteOptions = {}): Promise<unknown> {
    return this.#execute(id, data, options);
  }

  /**
   * A plugin whose actions are methods: `await manager.plugin('greeter').shout({ name: 'Ada' }, { timeout: 5_000 })`. It holds
   * nothing: make one where you need it, or keep it, also over reloads. `call` reaches actions whose names mean something else on an
   * object, such as `then`.
   *
   * @throws BulkheadError `PLUGIN_UNKNOWN`; its methods throw as `executePlugin`
   */
  plugin<Actions extends DeclaredActions<Actions> = Undeclared>(id: UncheckedId<Plugins>): PluginHandle<Actions>;
  plugin<Id extends keyof Plugins & string>(id: Id): PluginHandle<Plugins[Id]>;
  plugin(id: string): unknown {
    this.#plugins.find(id);
    return pluginHandle(id, (input, options) => this.#execute(id, input, options));
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
    return this.hooks.register(event, callback, isPriority ? { priority: priorityOrOptions } : priorityOrOptions);
  }

  /**
   * Takes data through the hooks of an event: callbacks, and the hooks of all plugins that list it; they are started first.
   *
   * @throws BulkheadError as `ManagerHooks.run`; `HOOK_VETOED` when a hook stopped the chain
   */
  async executeHooks<Data>(event: string, data: Data, options: ExecuteHooksOptions = {}): Promise<Data> {
    this.#plugins.ensureOpen();
    return await this.hooks.execute(event, data, options);
  }

  /**
   * Makes a plugin's environment ready without starting it. With `upgrade` newer packages are looked for: instances that run keep
   * theirs until the plugin is reloaded.
   *
   * @throws BulkheadError of blame `environment` or `user`; after a failed upgrade the environment is as it was
   */
  async preparePlugin(id: string, progress?: ProgressSink, options: PrepareOptions = {}): Promise<ReadyEnvironment> {
    checkOptions(options, { upgrade: true }, 'preparePlugin');
    return await this.#plugins
      .find(id)
      .prepare(guardedListener(progress, `progress of preparePlugin("${id}")`), options);
  }

  /**
   * What a plugin says of itself: its actions, with the schemas of what they take and answer, its hooks and its metadata. As it said at
   * its last start, by whichever host, if nothing that decides it has changed since; else it is started.
   *
   * @throws BulkheadError as `preparePlugin` and `startPlugin`
   */
  async describePlugin(id: string, progress?: ProgressSink): Promise<PluginDescription> {
    return await this.#plugins.find(id).describe(guardedListener(progress, `progress of describePlugin("${id}")`));
  }

  /**
   * The same of all plugins, to offer their actions to others, such as a language model. One of which nothing is known is started,
   * asked and stopped again, a few at a time. One that can't be described comes with its `problem`.
   */
  async describePlugins(options: DescribeOptions = {}): Promise<readonly DescribedPlugin[]> {
    return await this.#plugins.describe(options);
  }

  /** Starts an instance ahead of the first call. @throws BulkheadError as `executePlugin` */
  async startPlugin(id: string): Promise<void> {
    await this.#plugins.find(id).revision.pool.start().catch(tellCaller);
  }

  /** Has a plugin tried at once that failed too often and is left alone (`state: "broken"`), or waits for its next start. */
  resetPlugin(id: string): void {
    this.#plugins.find(id).revision.pool.reset();
  }

  /** Forgets the kept answers of a plugin's pure actions, or of all plugins'. */
  clearCache(id?: string): void {
    for (const plugin of id === undefined ? this.#plugins.all : [this.#plugins.find(id)]) plugin.clearCache();
  }

  /**
   * Reads the plugin's declaration anew (its registry entry and manifest, or its folder), makes its environment ready, starts
   * new instances beside the old ones, and when they answer sends all calls to them; the old ones finish what they have. No
   * call fails because of it. A reload that is asked for while another runs follows it; several that wait are one.
   *
   * @throws BulkheadError of any blame: then the old instances serve on, or again, as the error says in `context.servesOn` or `servesAgain`.
   */
  async reload(id: string, options: ReloadOptions = {}): Promise<ReloadReport> {
    checkOptions(options, { onProgress: true }, 'reload');
    return await this.#plugins.find(id).reload(guardedListener(options.onProgress, `onProgress of reload("${id}")`));
  }

  /**
   * Lets a debugger attach to the plugin's instances, on this machine only; starts one if there is none. From then on their calls
   * have no time limits. Any process that connects may run any code as this user: nothing else protects the port.
   *
   * @throws BulkheadError `DEBUGGER_UNAVAILABLE`, `DEBUG_FAILED`, `DEBUG_UNSUPPORTED`, `DEBUG_CONTAINED`, and as `startPlugin`
   */
  async debug(id: string, options: DebugOptions = {}): Promise<readonly DebugTarget[]> {
    const { debugpy, stages } = this.#composed;
    return await stages.work.during(
      debugRevision(this.#plugins.find(id).revision, debugpy, options, this.#closing.signal),
    );
  }

  /** The state of each plugin, in the order of the registry. */
  plugins(): readonly PluginStatus[] {
    const uses = this.#composed.usage();
    return this.#plugins.all.map((plugin) => withUsage(plugin.status(), uses));
  }

  /** Processes that a killed host had left running and that this one has ended. Never rejects. */
  swept(): Promise<readonly OrphanedProcess[]> {
    return this.#composed.swept;
  }

  /** The metrics in Prometheus' text format. */
  async metrics(): Promise<string> {
    return await this.#composed.metrics.text();
  }

  /**
   * Stops every instance: they finish the calls they were sent, and clean up. Idempotent. A program that has nothing left to do
   * need not call it: the manager closes itself then.
   */
  close(): Promise<void> {
    return this.#close('it was closed before this call');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #execute(id: string, data: unknown, options: ExecuteOptions): Promise<unknown> {
    const began = performance.now();
    const { observer, work } = this.#composed.stages;
    const answered = (answer: unknown): unknown => {
      work.end();
      return answer;
    };
    const failed = (error: unknown): never => {
      work.end();
      observer.callFailed(id, options.action ?? 'execute', error as Error, performance.now() - began);
      return tellCaller(error);
    };
    work.begin();
    return this.#calls.execute(id, data, options).then(answered, failed);
  }

  #close(why: string): Promise<void> {
    this.#closing.abort(new BulkheadError('MANAGER_CLOSED', { what: 'it was closed meanwhile' }));
    this.#closed ??= this.#end(why);
    return this.#closed;
  }

  async #end(why: string): Promise<void> {
    const { stages, stop, release } = this.#composed;
    this.#stayOpen();
    stages.work.begin();
    await Promise.allSettled([stop(), this.#plugins.close(why)]);
    await release();
    stages.work.close();
  }
}
