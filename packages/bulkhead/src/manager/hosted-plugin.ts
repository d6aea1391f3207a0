import { type HookDescription, HOOKS_ACTION, type HooksInput } from '@bulkhead/protocol';
import type { PrepareOptions, ProgressSink, ReadyEnvironment } from '../environment/ready-environment.ts';
import { BulkheadError, type FailureContext, isBulkheadError } from '../errors/bulkhead-error.ts';
import { deferred } from '../lifecycle/deferred.ts';
import type { HideSecrets } from '../lifecycle/hide-secrets.ts';
import type { CacheSize } from '../monitor/cache-metrics.ts';
import type { SupervisedInstance } from '../pool/supervised-instance.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { fixedInput } from '../session/call-input.ts';
import { replaceRevision } from './blue-green-reload.ts';
import type { Asking } from './describe-plugins.ts';
import type { HookingPlugin, HookLimits } from './hooking-plugin.ts';
import { PluginRevision } from './plugin-revision.ts';
import { type PluginDescription, type PluginState, type PluginStatus, unusableStatus } from './plugin-status.ts';
import { describeReload, nameOf, type ReloadReport } from './reload-report.ts';
import type { Stages } from './stages.ts';

/** How a plugin was declared when it was first read, and how to read that again. */
export interface Declared {
  readonly id: string;
  /** Or the mistake in it. */
  readonly spec: PluginSpec | BulkheadError;
  /** The events that it lists in `hooks`, if they are known in spite of the mistake. */
  readonly hooks?: readonly string[] | undefined;
  /** @throws BulkheadError of what is wrong with the registry, the plugin's folder or its manifest */
  readAgain(): Promise<PluginSpec>;
}

/** One plugin of a manager: the revision that serves, and those before it until they have finished. */
export class HostedPlugin implements HookingPlugin {
  readonly id: string;
  readonly #declaredHooks: readonly string[] | undefined;
  readonly #readAgain: () => Promise<PluginSpec>;
  readonly #stages: Stages;
  /** Those that are being started and those that drain included, the oldest first. */
  readonly #revisions = new Set<PluginRevision>();
  /** A spec is opened when it is first needed: of a thousand plugins few may ever be. */
  #current: PluginRevision | PluginSpec | BulkheadError;
  /** Of the newest start, over all revisions. */
  #generation = 0;
  #running: Promise<unknown> = Promise.resolve();
  #following: { readonly report: Promise<ReloadReport>; readonly listeners: Set<ProgressSink> } | undefined;
  #isClosed = false;

  constructor({ id, spec, hooks, readAgain }: Declared, stages: Stages) {
    this.id = id;
    this.#declaredHooks = hooks;
    this.#readAgain = readAgain;
    this.#stages = stages;
    this.#current = spec;
  }

  /** The revision that serves now. @throws BulkheadError the mistake in the plugin's declaration */
  get revision(): PluginRevision {
    if (isBulkheadError(this.#current)) throw this.#current;
    if (!(this.#current instanceof PluginRevision)) this.#current = this.#open(this.#current);
    return this.#current;
  }

  get hide(): HideSecrets {
    return this.revision.hide;
  }

  /** The events that it lists in `hooks`; undefined: a mistake in its declaration hides them. */
  get hookEvents(): readonly string[] | undefined {
    const current = this.#current;
    if (!isBulkheadError(current)) return (current instanceof PluginRevision ? current.spec : current).hooks;
    return current.code === 'PLUGIN_DISABLED' ? [] : this.#declaredHooks;
  }

  /** The hooks of what serves, also when that changes meanwhile. @throws BulkheadError as `PluginRevision.offeredHooks` */
  async offeredHooks(): Promise<readonly HookDescription[]> {
    const { revision } = this;
    const hooks = await revision.offeredHooks().catch((error: unknown) => {
      if (this.#isClosed || revision === this.#current) throw error;
    });
    return hooks !== undefined && revision === this.#current ? hooks : await this.offeredHooks();
  }

  /** Runs hooks in one call of what serves. @throws BulkheadError as `Pool.execute` */
  async callHooks(hooks: HooksInput, { timeout, idle, signal }: HookLimits): Promise<unknown> {
    // Field by field: `...limits` made a tenth of the whole call, since what reads the request then met objects of another kind.
    const request = { action: HOOKS_ACTION, input: fixedInput(hooks), timeout, idle, signal };
    return await this.revision.pool.execute(request);
  }

  /** Finds or builds the environment of what serves. */
  async prepare(progress?: ProgressSink, options?: PrepareOptions): Promise<ReadyEnvironment> {
    return await this.#ofServing((revision) => revision.prepare(progress, options));
  }

  /** What the plugin that serves says of itself. */
  async describe(progress?: ProgressSink): Promise<PluginDescription> {
    return await this.#ofServing((revision) => revision.describe(progress));
  }

  /** The same for who asks many. Undefined if it is not known, and nothing may be started. */
  async describeAmongMany(asking: Asking): Promise<PluginDescription | undefined> {
    return await this.#ofServing((revision) => revision.describeAmongMany(asking));
  }

  /** Has instances and spares ready ahead of calls, as many as the registry asks for. */
  keepWarm(): void {
    if (isBulkheadError(this.#current)) return;
    const { spec } = this.#current instanceof PluginRevision ? this.#current : { spec: this.#current };
    const { min, spare } = spec.pool.instances;
    if (min > 0 || spare > 0) this.revision.keepWarm();
  }

  get state(): PluginState {
    if (isBulkheadError(this.#current)) return unusableStatus(this.id, this.#current).state;
    if (this.#current instanceof PluginRevision) return this.#current.pool.state;
    return this.#isClosed ? 'stopped' : 'idle';
  }

  status(): PluginStatus {
    if (isBulkheadError(this.#current)) return unusableStatus(this.id, this.#current);
    const { revision } = this;
    return revision.status(this.instances.filter((instance) => !revision.pool.instances.includes(instance)));
  }

  /** Those that serve, and those that leave; not yet those of a revision that is being started. */
  get instances(): readonly SupervisedInstance[] {
    const revisions = [...this.#revisions];
    const serving = revisions.findIndex((revision) => revision === this.#current);
    return revisions.slice(0, serving + 1).flatMap(({ pool }) => pool.instances);
  }

  /** Sizes of its caches. */
  get cacheSizes(): readonly CacheSize[] {
    return this.#current instanceof PluginRevision ? this.#current.calls.sizes() : [];
  }

  clearCache(): void {
    if (this.#current instanceof PluginRevision) this.#current.calls.clear();
  }

  /** The id of the one call that an instance runs; undefined when there are none or several. */
  onlyCallOf(generation: number): number | undefined {
    const all = [...this.#revisions].flatMap(({ pool }) => pool.instances);
    return all.find(({ identity }) => identity.generation === generation)?.calls.onlyRunning;
  }

  /** One at a time. Those who ask while one is running share the one after it, which sees what they have changed. */
  async reload(progress?: ProgressSink): Promise<ReloadReport> {
    this.#following ??= this.#followRunning();
    if (progress !== undefined) this.#following.listeners.add(progress);
    return await this.#stages.work.during(this.#following.report);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#revisions].map((revision) => revision.close()));
    await this.#running;
  }

  /** Asks what serves, also when that changes meanwhile. */
  async #ofServing<Answer>(ask: (revision: PluginRevision) => Promise<Answer>): Promise<Answer> {
    const { revision } = this;
    try {
      return await ask(revision);
    } catch (error) {
      if (this.#isClosed || revision === this.#current) throw error;
      return await this.#ofServing(ask);
    }
  }

  #followRunning(): { report: Promise<ReloadReport>; listeners: Set<ProgressSink> } {
    const listeners = new Set<ProgressSink>();
    const report = this.#running.then(async () => {
      this.#following = undefined;
      return await this.#reload((event) => listeners.forEach((listener) => listener(event)));
    });
    this.#running = report.catch(() => {});
    return { report, listeners };
  }

  async #reload(progress: ProgressSink): Promise<ReloadReport> {
    const { observer } = this.#stages;
    const startedAt = performance.now();
    try {
      const report = await this.#replace(progress);
      observer.reloadEnded(this.id, 'reloaded', report.duration, describeReload(report));
      return report;
    } catch (error) {
      if (this.#isClosed) throw this.#closedError();
      observer.reloadEnded(this.id, 'failed', performance.now() - startedAt, (error as Error).message);
      throw error;
    }
  }

  async #replace(progress: ProgressSink): Promise<ReloadReport> {
    const startedAt = performance.now();
    const old = isBulkheadError(this.#current) ? undefined : this.revision;
    let next: PluginRevision | undefined;
    try {
      next = this.#open(await this.#declareAgain());
      const opened = next;
      const before = old === undefined ? undefined : old.summary();
      const switchOver = (): Promise<void> => this.#switchTo(opened, old);
      const takeHooks = (): void => this.#stages.hooks.replace(this, opened.spec.hooks, opened.hooks);
      const goBack = (): Promise<boolean> => this.#goBack(old, opened);
      const replacement = { old, next: opened, takeHooks, switchOver, goBack, progress };
      const { environment, startDuration } = await replaceRevision(replacement);
      return {
        plugin: this.id,
        before,
        after: opened.summary(),
        disabled: false,
        rebuilt: environment.built,
        duration: performance.now() - startedAt,
        environmentDuration: environment.duration,
        startDuration,
      };
    } catch (error) {
      if (isBulkheadError(error) && error.code === 'PLUGIN_DISABLED') return this.#disable(old, error, startedAt);
      await this.#giveUp(old, next, error);
      throw isBulkheadError(error) ? error.within(this.#servingBeside(old, next)) : error;
    }
  }

  /** Calls that an instance has are finished; all others get the error. */
  #disable(old: PluginRevision | undefined, error: BulkheadError, startedAt: number): ReloadReport {
    const before = old?.summary();
    this.#current = error;
    this.#stages.hooks.forget(this);
    void old?.close(error).then(() => this.#revisions.delete(old));
    return {
      plugin: this.id,
      before,
      after: { version: undefined, generation: undefined, environment: undefined },
      disabled: true,
      rebuilt: false,
      duration: performance.now() - startedAt,
      environmentDuration: 0,
      startDuration: 0,
    };
  }

  /** Starts `old` anew, in place of `next`, which did not start. If that fails too, `next` stays: each call tries it again. */
  async #goBack(old: PluginRevision | undefined, next: PluginRevision): Promise<boolean> {
    if (old === undefined || this.#isClosed) return false;
    const back = this.#open(old.spec);
    const decided = deferred<void>();
    next.startAfter(decided.promise);
    try {
      await back.pool.startSeveral(1);
      this.#stages.hooks.replace(this, back.spec.hooks, back.hooks);
      await this.#switchTo(back, next);
      back.keepWarm();
      return true;
    } catch {
      await back.close();
      this.#revisions.delete(back);
      return false;
    } finally {
      decided.resolve();
    }
  }

  /** What an error of a reload says of the revision that serves in spite of it. */
  #servingBeside(old: PluginRevision | undefined, next: PluginRevision | undefined): FailureContext {
    const serving = this.#current;
    if (!(serving instanceof PluginRevision) || serving === next || serving.pool.instances.length === 0) return {};
    const name = nameOf(serving.summary());
    return { plugin: this.id, ...(serving === old ? { servesOn: name } : { servesAgain: name }) };
  }

  /** Leaves the old revision untouched. Without one, what this reload found takes its place, so that the next call tries again. */
  async #giveUp(old: PluginRevision | undefined, next: PluginRevision | undefined, error: unknown): Promise<void> {
    if (!(this.#current instanceof PluginRevision) || this.#current === next) this.#stages.hooks.forget(this);
    if (old === undefined) {
      if (next !== undefined) this.#current = next;
      else if (isBulkheadError(error)) this.#current = error;
    } else if (next !== undefined && this.#current === old) {
      await next.close();
      this.#revisions.delete(next);
    }
  }

  async #declareAgain(): Promise<PluginSpec> {
    this.#ensureOpen();
    const spec = await this.#readAgain();
    this.#ensureOpen();
    return spec;
  }

  #open(spec: PluginSpec): PluginRevision {
    const revision = new PluginRevision(spec, this.#stages, () => ++this.#generation);
    this.#revisions.add(revision);
    if (this.#isClosed) void revision.close();
    return revision;
  }

  /** Resolves when the old revision has finished the calls it has. */
  async #switchTo(next: PluginRevision, old: PluginRevision | undefined): Promise<void> {
    this.#current = next;
    if (old === undefined) return;
    await old.giveWayTo(next);
    this.#revisions.delete(old);
  }

  #ensureOpen(): void {
    if (this.#isClosed) throw this.#closedError();
  }

  #closedError(): BulkheadError {
    return new BulkheadError('MANAGER_CLOSED', { what: `plugin "${this.id}" is stopped` });
  }
}
