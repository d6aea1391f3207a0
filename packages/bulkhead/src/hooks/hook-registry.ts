import { BulkheadError } from '../errors/bulkhead-error.ts';
import { checkSignal } from '../errors/check-signal.ts';
import { guardedListener, guardedMethods } from '../lifecycle/guarded.ts';
import { CallbackRunner } from './callback-runner.ts';
import { type DataCheck, sameKind } from './data-kind.ts';
import { HOOK_EVENTS, type HookObserver, WARNING_OBSERVER } from './hook-observer.ts';
import { HookChain } from './hook-chain.ts';
import { orderHooks, type PlacedHook } from './hook-order.ts';
import type { ChainOutcome, HookStep } from './chain-outcome.ts';
import type { HookMode, OnHookError } from './hook-policies.ts';
import { Notifications } from './notifications.ts';
import { Hook, type HookCallback, type HookOptions, type RemoteHook } from './hook.ts';
import type { HookRunner } from './hook-runner.ts';

export interface HookRegistryOptions {
  /** Without one, failures that the chain survives become warnings of the process. */
  readonly observer?: HookObserver;
}

export interface RunHooksOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether each step has its `changes`; each hook then runs by itself. */
  readonly trace?: boolean | undefined;
  /** Hears of each step as it is done, also of those before a hook that fails the chain. */
  readonly onStep?: ((step: HookStep) => void) | undefined;
}

/** A registered hook; removed by `remove`, or at the end of a block by `using`. */
export interface HookRegistration extends Disposable {
  /** `owner.id` */
  readonly name: string;
  remove(): void;
}

/** A hook's place in its chain, and the reason. */
export interface HookPosition {
  readonly hook: string;
  readonly mode: HookMode;
  readonly priority: number;
  readonly timeout: number;
  readonly onError: OnHookError;
  readonly reason: string;
  /** The failure that disabled it. */
  readonly disabledBy: Error | undefined;
}

/** A hook and its registration. */
export interface OwnHook {
  readonly event: string;
  readonly hook: RemoteHook;
  readonly options: HookOptions;
}

interface EventHooks {
  readonly check: DataCheck;
  order: readonly PlacedHook[];
}

/** The hooks of a host: for each event one chain of callbacks and of plugins' hooks, whose order `explain` tells before it runs. */
export class HookRegistry implements AsyncDisposable {
  readonly #observer: HookObserver;
  readonly #events = new Map<string, EventHooks>();
  readonly #notifications: Notifications;
  #sequence = 0;

  constructor({ observer = WARNING_OBSERVER }: HookRegistryOptions = {}) {
    this.#observer = guardedMethods(observer, HOOK_EVENTS, 'the observer given to HookRegistry');
    this.#notifications = new Notifications(this.#observer);
  }

  /**
   * Adds a hook to an event's chain. If it throws, the chain is as before.
   *
   * @throws BulkheadError `HOOK_ORDER_UNSATISFIABLE`, `HOOK_ALREADY_REGISTERED`, `ARGUMENT_INVALID`
   */
  register<Data = unknown>(
    event: string,
    hook: HookCallback<Data> | RemoteHook,
    options: HookOptions = {},
  ): HookRegistration {
    if (typeof event !== 'string' || event === '')
      throw new BulkheadError('ARGUMENT_INVALID', { argument: 'event', reason: 'expected the name of an event' });
    const chain = this.#chain(event);
    const hooks = chain.order.map((placed) => placed.hook);
    const added = this.#make(hooks, hook as HookCallback | RemoteHook, options);
    chain.order = orderWith(event, hooks, added);
    this.#events.set(event, chain);
    const remove = (): void => this.#remove(event, (other) => other === added);
    return { name: added.fullName, remove, [Symbol.dispose]: remove };
  }

  /** Short for `register` with a priority alone. */
  registerHook<Data = unknown>(event: string, callback: HookCallback<Data>, priority: number = 50): HookRegistration {
    return this.register(event, callback, { priority });
  }

  /** Sets the check of an event's data, in place of the rule that data keeps its kind. */
  defineEvent(event: string, check: DataCheck): void {
    this.#events.set(event, { check, order: this.#chain(event).order });
  }

  /**
   * Takes data through the hooks of an event.
   *
   * @param data plain: anything that can be sent to a plugin. The chain works on a copy.
   * @throws BulkheadError `HOOK_FAILED`, `HOOK_TIMEOUT`, `HOOK_RESULT_INVALID` (by the hook's policy), `HOOK_DATA_INVALID`, `HOOKS_CANCELLED`
   */
  async run(
    event: string,
    data: unknown,
    { signal, trace = false, onStep }: RunHooksOptions = {},
  ): Promise<ChainOutcome> {
    checkSignal(signal);
    if (signal?.aborted === true) throw new BulkheadError('HOOKS_CANCELLED', { event }, { cause: signal.reason });
    const { check, order } = this.#chain(event);
    if (order.length === 0) return { data, veto: undefined, steps: [] };
    const notify = (hook: Hook, given: unknown): void => this.#notifications.begin(event, hook, given);
    const told = guardedListener(onStep, `onStep of a run of event "${event}"`);
    const options = { event, check, observer: this.#observer, signal, trace, onStep: told, notify };
    const chain = new HookChain(data, options);
    return await chain.run(order.map(({ hook }) => hook));
  }

  /** Short for `run`, for its data alone. @throws as `run`, and BulkheadError `HOOK_VETOED` when a hook stopped the chain */
  async executeHooks<Data>(event: string, data: Data): Promise<Data> {
    const outcome = await this.run(event, data);
    if (outcome.veto !== undefined) throw new BulkheadError('HOOK_VETOED', { event, ...outcome.veto });
    return outcome.data as Data;
  }

  /** The chain of an event as it would run now. */
  explain(event: string): readonly HookPosition[] {
    return this.#chain(event).order.map(({ hook, reason }) => ({
      hook: hook.fullName,
      mode: hook.mode,
      priority: hook.priority,
      timeout: hook.timeout,
      onError: hook.onError,
      reason,
      disabledBy: hook.disabledBy,
    }));
  }

  /** The events that have hooks. */
  events(): readonly string[] {
    return [...this.#events].filter(([, { order }]) => order.length > 0).map(([event]) => event);
  }

  /** Removes all hooks of an owner. A running chain leaves out those whose turn has not come. */
  removeOwner(owner: string): void {
    for (const event of this.#events.keys()) this.#remove(event, (hook) => hook.owner === owner);
  }

  /**
   * Replaces all hooks of a runner, for every event. A running chain goes on with those that still exist.
   *
   * @throws BulkheadError as `register`; then nothing has changed
   */
  replace(runner: HookRunner, successors: readonly OwnHook[]): void {
    const events = new Set([...this.#events.keys(), ...successors.map(({ event }) => event)]);
    const replacements = [...events].map((event) => {
      const chain = this.#chain(event);
      const before = chain.order.map(({ hook }) => hook);
      let hooks = before.filter((hook) => hook.runner !== runner);
      if (hooks.length === before.length && !successors.some((each) => each.event === event)) return undefined;
      let { placed } = orderHooks(hooks) as { placed: readonly PlacedHook[] }; // removing hooks makes no circle
      for (const { hook, options } of successors.filter((each) => each.event === event)) {
        const added = this.#make(hooks, hook, options);
        placed = orderWith(event, hooks, added);
        hooks = [...hooks, added];
      }
      return { event, chain, before, placed };
    });
    for (const replacement of replacements) {
      if (replacement === undefined) continue;
      const { event, chain, before, placed } = replacement;
      const names = new Set(placed.map(({ hook }) => hook.fullName));
      for (const hook of before) if (!names.has(hook.fullName)) hook.isRemoved = true;
      chain.order = placed;
      this.#events.set(event, chain);
    }
  }

  /** Enables the disabled hooks of an owner, or a single one by its full name. */
  enable(name: string): void {
    for (const { order } of this.#events.values())
      for (const { hook } of order) if (hook.owner === name || hook.fullName === name) hook.disabledBy = undefined;
  }

  /** Ends `notify` hooks that still run, and removes all hooks. */
  async close(): Promise<void> {
    const over = this.#notifications.close();
    for (const event of this.#events.keys()) this.#remove(event, () => true);
    await over;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #chain(event: string): EventHooks {
    return this.#events.get(event) ?? { check: sameKind, order: [] };
  }

  #make(others: readonly Hook[], hook: HookCallback | RemoteHook, options: HookOptions): Hook {
    this.#sequence += 1;
    const { owner = 'host' } = options;
    const isFree = (id: string): boolean => !others.some((other) => other.owner === owner && other.id === id);
    const ownName = isFree(hook.name) && hook.name !== '' ? hook.name : `hook ${this.#sequence}`;
    const id = options.id ?? ownName;
    const remote = typeof hook === 'function' ? callback(hook, `${owner}.${id}`) : hook;
    return new Hook(remote, id, this.#sequence, options);
  }

  #remove(event: string, isMeant: (hook: Hook) => boolean): void {
    const chain = this.#chain(event);
    const hooks = chain.order.map(({ hook }) => hook);
    const kept = hooks.filter((hook) => !isMeant(hook));
    if (kept.length === hooks.length) return;
    for (const hook of hooks) if (!kept.includes(hook)) hook.isRemoved = true;
    const order = orderHooks(kept);
    // Removing hooks makes no new circle.
    chain.order = 'placed' in order ? order.placed : chain.order.filter(({ hook }) => kept.includes(hook));
  }
}

/** @throws BulkheadError `HOOK_ALREADY_REGISTERED`, `HOOK_ORDER_UNSATISFIABLE` */
function orderWith(event: string, hooks: readonly Hook[], added: Hook): readonly PlacedHook[] {
  const { fullName } = added;
  if (hooks.some((hook) => hook.fullName === fullName))
    throw new BulkheadError('HOOK_ALREADY_REGISTERED', { event, hook: fullName });
  const order = orderHooks([...hooks, added]);
  if ('circle' in order)
    throw new BulkheadError('HOOK_ORDER_UNSATISFIABLE', { event, hook: fullName, constraints: order.circle });
  return order.placed;
}

function callback(hook: HookCallback, fullName: string): RemoteHook {
  return { runner: new CallbackRunner(hook, fullName), name: hook.name };
}
