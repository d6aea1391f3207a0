import type { HookDescription } from '@bulkhead/protocol';
import { BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import { asReason } from '../errors/as-reason.ts';
import { checkOptions } from '../errors/check-options.ts';
import { checkSignal } from '../errors/check-signal.ts';
import { copyOfData } from '../hooks/copy-of-data.ts';
import type { DataCheck } from '../hooks/data-kind.ts';
import type { ChainOutcome } from '../hooks/chain-outcome.ts';
import {
  type HookPosition,
  type HookRegistration,
  HookRegistry,
  type OwnHook,
  type RunHooksOptions,
} from '../hooks/hook-registry.ts';
import type { HookObserver } from '../hooks/hook-observer.ts';
import type { HookCallback, HookOptions } from '../hooks/hook.ts';
import { abortable } from '../lifecycle/wait.ts';
import { checkTimeout } from './execute-options.ts';
import type { HookingPlugin } from './hooking-plugin.ts';
import { PluginHookRunner } from './plugin-hook-runner.ts';
import type { OfferedHooks } from './stages.ts';
import { underEither } from '../lifecycle/under-either.ts';

export interface ExecuteHooksOptions {
  /** Ends the chain when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole chain, the start of plugins included. No limit unless given: each hook has its own. */
  readonly timeout?: number | undefined;
}

export interface TraceHooksOptions extends ExecuteHooksOptions, RunHooksOptions {}

/** Options of a callback of the application. */
export type HookCallbackOptions = Omit<HookOptions, 'owner' | 'position'>;

const RUN_OPTIONS: Readonly<Record<keyof TraceHooksOptions, true>> = {
  signal: true,
  timeout: true,
  trace: true,
  onStep: true,
};

const CALLBACK_OPTIONS: Readonly<Record<keyof HookCallbackOptions, true>> = {
  id: true,
  priority: true,
  before: true,
  after: true,
  timeout: true,
  onError: true,
  onNothing: true,
  mode: true,
};

export interface HookParticipants {
  /** In the order of the registry. */
  readonly plugins: ReadonlyMap<string, HookingPlugin>;
  readonly observer: HookObserver;
  /** A plugin may have a hook of an event, and is left out. */
  readonly leftOut: (plugin: string, event: string, reason: string) => void;
}

/** The hooks of a manager as an application sees them. */
export type EventHooks = Pick<
  ManagerHooks,
  'register' | 'defineEvent' | 'run' | 'execute' | 'explain' | 'events' | 'enable'
>;

/**
 * The hooks of a manager: for each event one chain, of the application's callbacks and of the plugins that list the event. A chain
 * is not run before the hooks of all of those are known, so that it never depends on which plugin was ready first.
 */
export class ManagerHooks implements OfferedHooks {
  readonly #participants: HookParticipants;
  readonly #registry: HookRegistry;
  readonly #runners = new Map<HookingPlugin, PluginHookRunner>();
  /** The events whose chain has the hooks of all plugins. */
  readonly #complete = new Set<string>();
  /** Of each event those whose hooks are in its chain. */
  readonly #taken = new Map<string, Set<HookingPlugin>>();
  /** Changes with what plugins there are, and what they list. */
  #round = 0;

  /** @internal */
  constructor(participants: HookParticipants) {
    this.#participants = participants;
    this.#registry = new HookRegistry({ observer: participants.observer });
  }

  /** Adds a callback to an event's chain. @throws BulkheadError `HOOK_ORDER_UNSATISFIABLE`, `HOOK_ALREADY_REGISTERED`, `ARGUMENT_INVALID` */
  register<Data = unknown>(
    event: string,
    callback: HookCallback<Data>,
    options: HookCallbackOptions = {},
  ): HookRegistration {
    checkOptions(options, CALLBACK_OPTIONS, 'registerHook');
    return this.#registry.register(event, callback, { ...options, owner: 'host' });
  }

  /** Sets the check of an event's data; see `HookRegistry.defineEvent`. */
  defineEvent(event: string, check: DataCheck): void {
    this.#registry.defineEvent(event, check);
  }

  /**
   * Takes data through the hooks of an event.
   *
   * @throws BulkheadError as `HookRegistry.run`; `HOOKS_TIMEOUT`; what keeps the chain from being complete: `HOOK_PLUGIN_UNAVAILABLE`,
   * `HOOK_NOT_OFFERED`, `HOOK_ORDER_UNSATISFIABLE`
   */
  async run(event: string, data: unknown, options: TraceHooksOptions = {}): Promise<ChainOutcome> {
    checkOptions(options, RUN_OPTIONS, 'executeHooks');
    const { signal, timeout } = options;
    checkSignal(signal);
    checkTimeout(timeout);
    if (timeout === undefined) return await this.#run(event, data, options);
    const limit = new AbortController();
    const error = new BulkheadError('HOOKS_TIMEOUT', { event, milliseconds: timeout });
    const timer = setTimeout(() => limit.abort(error), timeout);
    try {
      const run = (either: AbortSignal): Promise<ChainOutcome> =>
        this.#run(event, data, { ...options, signal: either });
      return await (signal === undefined ? run(limit.signal) : underEither([signal, limit.signal], run));
    } catch (thrown) {
      throw isBulkheadError(thrown) && thrown.cause === error ? error : thrown;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Short for `run`, for its data alone. @throws as `run`, and BulkheadError `HOOK_VETOED` when a hook stopped the chain */
  async execute<Data>(event: string, data: Data, options?: ExecuteHooksOptions): Promise<Data> {
    const outcome = await this.run(event, data, options);
    if (outcome.veto !== undefined) throw new BulkheadError('HOOK_VETOED', { event, ...outcome.veto });
    return outcome.data as Data;
  }

  /** The chain of an event, and why each hook is where it is. Starts the plugins that take part. @throws as `run` */
  async explain(event: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<readonly HookPosition[]> {
    checkSignal(signal);
    await this.#completeChain(event, signal);
    return this.#registry.explain(event);
  }

  /** The events that plugins list, in the order of the registry, then those that have callbacks only. */
  events(): readonly string[] {
    const listed = [...this.#participants.plugins.values()].flatMap(({ hookEvents }) => hookEvents ?? []);
    return [...new Set([...listed, ...this.#registry.events()])];
  }

  /** Has disabled hooks of a plugin, or a single one by its full name, run again. */
  enable(name: string): void {
    this.#registry.enable(name);
  }

  /** @internal A plugin was added, or its hooks are unknown again. */
  changed(): void {
    this.#round += 1;
    this.#complete.clear();
  }

  /**
   * @internal Replaces a plugin's hooks by those that it has now. A running chain goes on with those that still exist.
   *
   * @throws BulkheadError `HOOK_NOT_OFFERED`, `HOOK_ORDER_UNSATISFIABLE`, `HOOK_ALREADY_REGISTERED`; then nothing has changed
   */
  replace(plugin: HookingPlugin, events: readonly string[], offered: readonly HookDescription[]): void {
    for (const event of events) ensureOffered(plugin.id, event, offered);
    const known = events.filter((event) => this.#complete.has(event) || this.#hasTaken(event, plugin));
    const hooks = offered.filter(({ event }) => known.includes(event)).map((hook) => this.#own(plugin, hook));
    this.#registry.replace(this.#runnerOf(plugin), hooks);
    this.#round += 1;
    for (const [event, plugins] of this.#taken) if (!known.includes(event)) plugins.delete(plugin);
    for (const event of known) this.#take(event, plugin);
  }

  /** @internal Forgets a plugin's hooks: the next run asks for them. */
  forget(plugin: HookingPlugin): void {
    this.#registry.replace(this.#runnerOf(plugin), []);
    for (const plugins of this.#taken.values()) plugins.delete(plugin);
    this.changed();
  }

  /** @internal */
  async close(): Promise<void> {
    await this.#registry.close();
  }

  async #run(event: string, data: unknown, options: RunHooksOptions): Promise<ChainOutcome> {
    if (this.#complete.has(event)) return await this.#registry.run(event, data, options);
    const kept = copyOfData(event, data); // its owner may change it while the chain is completed
    await this.#completeChain(event, options.signal);
    return await this.#registry.run(event, kept, options);
  }

  async #completeChain(event: string, signal: AbortSignal = new AbortController().signal): Promise<void> {
    while (!this.#complete.has(event)) {
      const round = this.#round;
      const members = this.#membersOf(event);
      const offers = await Promise.all(members.map((plugin) => this.#ask(plugin, event, signal)));
      if (round !== this.#round) continue;
      // In the order of the registry, so that which of them is refused does not depend on who was ready first.
      for (const [index, plugin] of members.entries()) this.#add(plugin, event, offers[index] ?? []);
      this.#complete.add(event);
    }
  }

  #membersOf(event: string): readonly HookingPlugin[] {
    const { plugins, leftOut } = this.#participants;
    return [...plugins.values()].filter((plugin) => {
      const { id, hookEvents } = plugin;
      if (hookEvents === undefined) leftOut(id, event, `whether it lists the event in \`hooks\` can't be read`);
      return hookEvents?.includes(event) === true;
    });
  }

  async #ask(plugin: HookingPlugin, event: string, signal: AbortSignal): Promise<readonly HookDescription[]> {
    if (this.#hasTaken(event, plugin)) return [];
    try {
      return await abortable(plugin.offeredHooks(), signal);
    } catch (error) {
      if (signal.aborted) throw new BulkheadError('HOOKS_CANCELLED', { event }, { cause: signal.reason });
      if (!isBulkheadError(error) || error.code === 'MANAGER_CLOSED') throw error;
      const details = { event, plugin: plugin.id, reason: asReason(error.message) };
      throw new BulkheadError('HOOK_PLUGIN_UNAVAILABLE', details, { cause: error, context: error.context });
    }
  }

  #add(plugin: HookingPlugin, event: string, offered: readonly HookDescription[]): void {
    if (this.#hasTaken(event, plugin)) return;
    ensureOffered(plugin.id, event, offered);
    const added: HookRegistration[] = [];
    try {
      for (const description of offered.filter((hook) => hook.event === event)) {
        const { hook, options } = this.#own(plugin, description);
        added.push(this.#registry.register(event, hook, options));
      }
    } catch (error) {
      for (const registration of added) registration.remove();
      throw error;
    }
    this.#take(event, plugin);
  }

  #own(plugin: HookingPlugin, description: HookDescription): OwnHook {
    const { event, name, priority, mode, before, after, timeout, on_error: onError } = description;
    const options: HookOptions = {
      id: name,
      owner: plugin.id,
      position: [...this.#participants.plugins.keys()].indexOf(plugin.id),
      priority: priority ?? undefined,
      mode: mode ?? undefined,
      before: before ?? undefined,
      after: after ?? undefined,
      timeout: timeout ?? undefined,
      onError: onError ?? undefined,
    };
    return { event, hook: { runner: this.#runnerOf(plugin), name }, options };
  }

  #runnerOf(plugin: HookingPlugin): PluginHookRunner {
    const runner = this.#runners.get(plugin) ?? new PluginHookRunner(plugin);
    this.#runners.set(plugin, runner);
    return runner;
  }

  #hasTaken(event: string, plugin: HookingPlugin): boolean {
    return this.#taken.get(event)?.has(plugin) === true;
  }

  #take(event: string, plugin: HookingPlugin): void {
    this.#taken.set(event, (this.#taken.get(event) ?? new Set()).add(plugin));
  }
}

function ensureOffered(plugin: string, event: string, offered: readonly HookDescription[]): void {
  if (offered.some((hook) => hook.event === event)) return;
  throw new BulkheadError('HOOK_NOT_OFFERED', {
    plugin,
    event,
    offered: [...new Set(offered.map((hook) => hook.event))],
  });
}
