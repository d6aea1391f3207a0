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
import type { Asking } from './describe-plugins.ts';
import { explainMissingModule } from './missing-module.ts';
import type { SelfDescription } from './known-descriptions.ts';
import { RevisionEnvironment } from './revision-environment.ts';
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
  readonly #environment: RevisionEnvironment;
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
    this.#environment = new RevisionEnvironment(spec, stages, this.#closing.signal);
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
      environment: () => this.#environment.known?.identity,
      unused: (actions) => stages.log.cacheUnused(spec.id, actions),
      streams: (action) => stages.log.cacheStreams(spec.id, action),
    });
  }

  /** Finds or builds the environment, and another if somebody has changed it; each caller hears of the progress of all. */
  async prepare(progress?: ProgressSink, options?: PrepareOptions): Promise<ReadyEnvironment> {
    this.#closing.signal.throwIfAborted();
    this.#ensureLauncher();
    return await this.#environment.prepare(progress, options);
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
    return this.#describing((await this.#known()) ?? (await this.#learn(progress)));
  }

  /** The same; an instance that is started for it is stopped again. Undefined if it may not be started. */
  async describeAmongMany({ environments, start, progress }: Asking): Promise<PluginDescription | undefined> {
    const known = await this.#known(environments);
    if (known !== undefined) return this.#describing(known);
    if (!start) return undefined;
    const learnt = await this.#learn(progress);
    for (const instance of this.pool.instances.slice(this.spec.pool.instances.min))
      if (instance.calls.sent === 0) instance.retire('unloaded');
    return this.#describing(learnt);
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
    const ready = this.#environment.known;
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
      node: ready?.runtime.node?.version,
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
      environment: this.#environment.known?.identity,
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
    await Promise.allSettled([this.pool.stop(reason), this.#environment.settled(), this.#keeping]);
    await this.#launcher?.close();
  }

  /** The environment comes first: building one must not keep others from starting. */
  async #admit(signal: AbortSignal): Promise<() => void> {
    await abortable(this.#mayStart, signal);
    if (this.#said === undefined) this.#began = Date.now();
    this.#ensureLauncher();
    await this.#environment.present();
    return await this.#stages.startGate.enter(signal);
  }

  #introduced(said: ReadyPayload): void {
    const isFirst = this.#said === undefined;
    this.#said = said;
    if (!isFirst) return;
    const { spec, hooks } = this;
    const environment = this.#environment.known;
    if (environment !== undefined) this.#keeping = this.#stages.descriptions.keep(spec, environment, this.#began, said);
    const { id, hooks: listed } = spec;
    for (const event of new Set(hooks.map((hook) => hook.event)))
      if (!listed.includes(event))
        this.#stages.log.hooksLeftOut(id, event, "its registry entry or manifest doesn't list the event in `hooks`");
  }

  /** What it said at its last start, in this host or another, if nothing has changed since. */
  async #known(environments = this.#stages.environments): Promise<Known | undefined> {
    const { known } = this.#environment;
    if (this.#said !== undefined && known !== undefined) return { said: this.#said, environment: known };
    const found = environments[this.spec.environment.kind].find(this.spec, this.#closing.signal);
    const environment = await found.catch(() => undefined);
    this.#closing.signal.throwIfAborted();
    if (environment === undefined) return undefined;
    const said = await this.#stages.descriptions.find(this.spec, environment);
    return said === undefined ? undefined : { said, environment };
  }

  #describing({ said, environment }: Known): PluginDescription {
    const { metadata, actions, hooks = [] } = said;
    const { id, version } = this.spec;
    const { python, node } = environment.runtime;
    return { id, version, python: python?.version, node: node?.version, metadata, actions, hooks };
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
      if (isBulkheadError(error, 'IMAGE_NOT_FOUND')) this.#environment.forget();
      const environment = await this.#environment.replace(error);
      return await this.#ensureLauncher().launch({ ...request, environment });
    }
  }

  async #request(generation: number, signal: AbortSignal): Promise<LaunchRequest> {
    return { environment: await this.#environment.present(), spec: this.spec, generation, signal };
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
}

/** What the plugin says of itself, in which environment. */
interface Known {
  readonly said: SelfDescription;
  readonly environment: ReadyEnvironment;
}
