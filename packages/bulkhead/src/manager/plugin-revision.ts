import { existsSync } from 'node:fs';
import type { HookDescription, ReadyPayload } from '@bulkhead/protocol';
import type { PrepareOptions, ProgressSink, ReadyEnvironment } from '../environment/ready-environment.ts';
import { BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import type { Launcher, LaunchRequest } from '../launcher/launcher.ts';
import { launcherFor } from '../launcher/launcher-for.ts';
import type { RunningInstance } from '../launcher/running-instance.ts';
import { type HideSecrets, hideSecrets } from '../lifecycle/hide-secrets.ts';
import { letManyListen } from '../lifecycle/let-many-listen.ts';
import { abortable } from '../lifecycle/wait.ts';
import { Pool } from '../pool/pool.ts';
import type { SupervisedInstance } from '../pool/supervised-instance.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { meansInside } from '../launcher/limits/limit-holders.ts';
import { transportFor } from '../transport/transport-for.ts';
import { CachedCalls } from './cached-calls.ts';
import { explainMissingModule } from './missing-module.ts';
import type { SelfDescription } from './known-descriptions.ts';
import { instanceStatus, type PluginDescription, type PluginStatus } from './plugin-status.ts';
import type { RevisionSummary } from './reload-report.ts';
import type { Stages } from './stages.ts';

/**
 * A plugin as it was declared at one time: its spec, its environment once that is ready, its pool, and what is kept of its
 * answers. A reload makes another beside it.
 */
export class PluginRevision {
  readonly spec: PluginSpec;
  readonly pool: Pool;
  readonly calls: CachedCalls;
  /** For the secrets that the plugin was given, in what it says. */
  readonly hide: HideSecrets;
  readonly #stages: Stages;
  #launcher: Launcher | undefined;
  readonly #closing = new AbortController();
  /** Before that none of its instances is started. */
  #mayStart: Promise<void> = Promise.resolve();
  #environment: ReadyEnvironment | undefined;
  #preparing: Promise<ReadyEnvironment> | undefined;
  #listeners = new Set<ProgressSink>();
  /** What the last instance said of the plugin; undefined until one was ready. */
  #said: ReadyPayload | undefined;
  /** When its first start began: milliseconds since 1970. */
  #began = 0;
  #keeping: Promise<void> | undefined;

  constructor(spec: PluginSpec, stages: Stages, nextGeneration: () => number) {
    letManyListen(this.#closing.signal); // each question that looking for a Python asks does
    this.spec = spec;
    this.hide = hideSecrets(spec.secrets);
    this.#stages = stages;
    this.pool = new Pool({
      spec,
      observer: stages.observer,
      work: stages.work,
      nextGeneration,
      source: {
        admit: (signal) => this.#admit(signal),
        launch: (generation, signal) => this.#launch(generation, signal),
        connect: ({ endpoint }) => transportFor(endpoint, spec, () => stages.work.isNone),
        hostCall: (caller, request, signal) => stages.hostCall(spec, caller, request, signal),
        lease: (caller, request, signal) => stages.lease(spec, caller, request, signal),
        explain: (error) => explainMissingModule(error, spec),
        introduced: (instance, { hello, ready }) => {
          const limits = meansInside(instance.limits ?? {}, hello.sandbox);
          this.#stages.launching.processes.note(instance.identity, { sandbox: hello.sandbox, limits });
          this.#introduced(ready);
        },
        hide: this.hide,
        log: (...record) => stages.output.logged(spec.id, ...record),
      },
    });
    this.calls = new CachedCalls({
      spec,
      pool: this.pool,
      observer: stages.observer,
      environment: () => this.#environment?.identity,
      unused: (actions) => stages.log.cacheUnused(spec.id, actions),
      streams: (action) => stages.log.cacheStreams(spec.id, action),
    });
  }

  /** Finds or builds the environment; concurrent callers share one build, and each hears of its progress. */
  async prepare(progress?: ProgressSink, options?: PrepareOptions): Promise<ReadyEnvironment> {
    this.#closing.signal.throwIfAborted();
    this.#ensureLauncher();
    if (progress !== undefined) this.#listeners.add(progress);
    try {
      // An upgrade is more than those who came before it have asked for.
      if (options?.upgrade === true) await this.#preparing?.catch(() => undefined);
      this.#preparing ??= this.#prepare(options).finally(() => (this.#preparing = undefined));
      return await this.#stages.work.during(this.#preparing);
    } finally {
      if (progress !== undefined) this.#listeners.delete(progress);
    }
  }

  /** The plugin's hooks; empty until an instance was ready. */
  get hooks(): readonly HookDescription[] {
    return this.#said?.hooks ?? [];
  }

  /** The plugin's hooks; starts an instance to learn them. @throws BulkheadError as `Pool.start` */
  async offeredHooks(): Promise<readonly HookDescription[]> {
    if (this.#said === undefined) await this.pool.start();
    return this.hooks;
  }

  /** What the plugin says of itself; starts an instance only if that is not known. @throws BulkheadError as `prepare`, `Pool.start` */
  async describe(progress?: ProgressSink): Promise<PluginDescription> {
    const known = (await this.#known()) ?? (await this.#learn(progress));
    const { metadata, actions, hooks = [] } = known.said;
    const { id, version } = this.spec;
    const python = known.environment.runtime.python?.version;
    return { id, version, python, metadata, actions, hooks };
  }

  /** Has instances and spares ready ahead of calls, as many as the registry asks for. */
  keepWarm(): void {
    this.pool.keepWarm();
    // The next start meets and reports whatever goes wrong here.
    if (this.spec.pool.instances.spare > 0) void this.#prepareAhead(this.#closing.signal).catch(() => {});
  }

  /** `leaving`: instances of earlier revisions that finish the calls they have. */
  status(leaving: readonly SupervisedInstance[]): PluginStatus {
    const { id, version, folder, launch, environment } = this.spec;
    const { instances, state, restarts, lastFailure, waiting } = this.pool;
    const [instance] = instances;
    const ready = this.#environment;
    return {
      id,
      version,
      folder,
      isolation: launch.isolation,
      environment: environment.kind,
      state,
      restarts,
      start: this.#launcher?.status.lastStart,
      spare: this.#launcher?.status.spares ?? 0,
      python: ready?.runtime.python?.version,
      packages: ready?.packages,
      waiting,
      instances: [...leaving, ...instances].map(instanceStatus),
      usage: undefined,
      metadata: instance?.start.ready.metadata,
      actions: instance?.start.ready.actions,
      hooks: instance === undefined ? undefined : (instance.start.ready.hooks ?? []),
      timings: { environment: ready?.duration, environmentBuilt: ready?.built, start: instance?.start.duration },
      problem: lastFailure,
    };
  }

  summary(): RevisionSummary {
    return {
      version: this.spec.version,
      generation: this.pool.instances.at(-1)?.identity.generation,
      environment: this.#environment?.identity,
    };
  }

  /** Lets its instances start only then. */
  startAfter(event: Promise<void>): void {
    this.#mayStart = event;
  }

  /** Leaves its calls to `successor`. Resolves when all that it had running has gone. */
  async giveWayTo(successor: PluginRevision): Promise<void> {
    await this.pool.drain(successor.pool);
    await this.close();
  }

  /** @param reason what waiting calls get; `MANAGER_CLOSED` unless given */
  async close(reason?: BulkheadError): Promise<void> {
    this.#closing.abort(reason ?? new BulkheadError('MANAGER_CLOSED', { what: `plugin "${this.spec.id}" is stopped` }));
    await Promise.allSettled([this.pool.stop(reason), this.#preparing, this.#keeping]);
    await this.#launcher?.close();
  }

  /** The environment comes first: building one must not keep others from starting. */
  async #admit(signal: AbortSignal): Promise<() => void> {
    await abortable(this.#mayStart, signal);
    if (this.#said === undefined) this.#began = Date.now();
    // Looking for it at each start would cost more than a fork; a reload or `prepare` sees changes.
    const prefix = this.#environment?.runtime.prefix;
    if (this.#environment === undefined || (prefix !== undefined && !existsSync(prefix))) await this.prepare();
    return await this.#stages.startGate.enter(signal);
  }

  #introduced(said: ReadyPayload): void {
    const isFirst = this.#said === undefined;
    this.#said = said;
    if (!isFirst) return;
    const { spec, hooks } = this;
    if (this.#environment !== undefined)
      this.#keeping = this.#stages.descriptions.keep(spec, this.#environment, this.#began, said);
    const { id, hooks: listed } = spec;
    for (const event of new Set(hooks.map((hook) => hook.event)))
      if (!listed.includes(event))
        this.#stages.log.hooksLeftOut(id, event, "its registry entry or manifest doesn't list the event in `hooks`");
  }

  /** What it said at its last start, in this host or another, if nothing has changed since. */
  async #known(): Promise<Known | undefined> {
    if (this.#said !== undefined && this.#environment !== undefined)
      return { said: this.#said, environment: this.#environment };
    const { environments, descriptions } = this.#stages;
    const found = environments[this.spec.environment.kind].find(this.spec, this.#closing.signal);
    const environment = await found.catch(() => undefined);
    this.#closing.signal.throwIfAborted();
    if (environment === undefined) return undefined;
    const said = await descriptions.find(this.spec, environment);
    return said === undefined ? undefined : { said, environment };
  }

  async #learn(progress?: ProgressSink): Promise<Known> {
    const environment = await this.prepare(progress);
    await this.pool.start();
    return { said: this.#said as ReadyPayload, environment };
  }

  async #launch(generation: number, signal: AbortSignal): Promise<RunningInstance> {
    const request = await this.#request(generation, signal);
    signal.throwIfAborted();
    try {
      return await this.#ensureLauncher().launch(request);
    } catch (error) {
      // Somebody has removed it: the next start looks for it anew.
      if (isBulkheadError(error, 'IMAGE_NOT_FOUND')) this.#environment = undefined;
      throw error;
    }
  }

  async #request(generation: number, signal: AbortSignal): Promise<LaunchRequest> {
    return { environment: this.#environment ?? (await this.prepare()), spec: this.spec, generation, signal };
  }

  #ensureLauncher(): Launcher {
    return (this.#launcher ??= launcherFor(this.spec, this.#stages.launching));
  }

  async #prepareAhead(signal: AbortSignal): Promise<void> {
    const release = await this.#admit(signal);
    try {
      await this.#ensureLauncher().prepareAhead?.(await this.#request(0, signal));
    } finally {
      release();
    }
  }

  async #prepare(options?: PrepareOptions): Promise<ReadyEnvironment> {
    const { observer, environments, environmentNotes } = this.#stages;
    try {
      const environment = await environments[this.spec.environment.kind].prepare(
        this.spec,
        this.#closing.signal,
        (event) => {
          observer.environmentProgress(this.spec.id, event);
          for (const listener of this.#listeners) listener(event);
        },
        options,
      );
      // A later look finds what an earlier one built: what is remembered is the work that was done.
      if (this.#environment?.identity !== environment.identity) this.#environment = environment;
      if (environment.runtime.prefix !== undefined) environmentNotes.used(environment.runtime.prefix);
      observer.environmentReady(this.spec.id, environment.built, environment.duration);
      return environment;
    } catch (error) {
      if (!this.#closing.signal.aborted) observer.environmentFailed(this.spec.id, error as Error);
      throw error;
    }
  }
}

/** What the plugin says of itself, in which environment. */
interface Known {
  readonly said: SelfDescription;
  readonly environment: ReadyEnvironment;
}
