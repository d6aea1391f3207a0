import type { Socket } from 'node:net';
import type { ReadyEnvironment } from '../../environment/ready-environment.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { errorFromRemote } from '../../errors/remote-failure.ts';
import { asReason } from '../../errors/as-reason.ts';
import { abortable, settlesWithin } from '../../lifecycle/wait.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { Fork } from './fork.ts';
import { ForkSockets } from './fork-sockets.ts';
import { SpareForks } from './spare-forks.ts';
import { ProcessInstance } from '../process/process-instance.ts';
import { CHANNEL, type ProcessLauncher } from '../process/process-launcher.ts';
import type { Launcher, RunningInstance, StartMode } from '../running-instance.ts';
import { ANSWER_MILLISECONDS, Template } from './template.ts';

/** A template that turns out to be out of date is replaced at once; one that fails twice is not waited for. */
const ATTEMPTS = 2;
/** Templates and spares have no generation of their own: what they print is tagged with this. */
const NO_GENERATION = 0;
/** How long a template stays without an instance or a start, where the registry says nothing of idle ones. */
const IDLE_MILLISECONDS = 600_000;

/**
 * Starts the instances of one plugin by forking a template that has imported it, where that pays and is safe; by spawning
 * them otherwise.
 */
export class ForkserverLauncher implements Launcher {
  readonly #processes: ProcessLauncher;
  #current: { readonly environment: string; readonly supply: Promise<SpareForks> } | undefined;
  /** Also those that have been replaced, and live for the instances that they forked. */
  readonly #forks = new Set<SpareForks>();
  #refusal: string | undefined;
  #lastStart: StartMode | undefined;
  /** Instances that run or are being started. */
  #users = 0;
  #idleTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(processes: ProcessLauncher) {
    this.#processes = processes;
  }

  /** Undefined: nothing was started yet. */
  get lastStart(): StartMode | undefined {
    return this.#lastStart;
  }

  /** Forks that wait until an instance is needed. */
  get spares(): number {
    return [...this.#forks].reduce((sum, { spares }) => sum + spares, 0);
  }

  /** @throws BulkheadError `PLUGIN_LAUNCH_FAILED`; `PLUGIN_IMPORT_FAILED`, `PLUGIN_EXITED`, `PLUGIN_START_TIMEOUT` of a template. */
  async launch(
    environment: ReadyEnvironment,
    spec: PluginSpec,
    generation: number,
    signal: AbortSignal,
  ): Promise<RunningInstance> {
    signal.throwIfAborted();
    const left = this.#use(spec);
    try {
      const { instance, start } = await this.#launch(environment, spec, generation, signal);
      this.#lastStart = start;
      this.#processes.note(instance.identity.pid, { role: 'instance', generation, start });
      void instance.exited.then(left);
      return instance;
    } catch (error) {
      left();
      throw error;
    }
  }

  /** Makes a template and its spares ahead of the first start. @throws BulkheadError as `launch` */
  async forkAhead(environment: ReadyEnvironment, spec: PluginSpec, signal: AbortSignal): Promise<void> {
    if (whyToSpawn(environment, spec, false) !== undefined) return;
    const supply = await abortable(this.#supplyFor(environment, spec), signal);
    if (await abortable(this.#hasStarted(supply.template, spec), signal)) supply.fill(0);
  }

  /** Ends the template; instances that it forked end with it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idleTimer);
    await this.#current?.supply.catch(() => {});
    await Promise.all(
      [...this.#forks].map(async (supply) => {
        supply.template.retire();
        await supply.emptied();
        await supply.template.stop();
      }),
    );
  }

  async #launch(
    environment: ReadyEnvironment,
    spec: PluginSpec,
    generation: number,
    signal: AbortSignal,
  ): Promise<{ readonly instance: RunningInstance; readonly start: StartMode }> {
    const reason = whyToSpawn(environment, spec, this.#lastStart === undefined);
    const forked = reason ?? (await this.#fork(environment, spec, generation, signal));
    if (typeof forked !== 'string')
      return { instance: forked, start: { mode: 'fork', reason: 'a template has imported it' } };
    const instance = await this.#processes.launch(environment, spec, generation, signal);
    return { instance, start: { mode: 'spawn', reason: forked } };
  }

  /** The reason where it can't be forked. */
  async #fork(
    environment: ReadyEnvironment,
    spec: PluginSpec,
    generation: number,
    signal: AbortSignal,
  ): Promise<RunningInstance | string> {
    for (let attempt = 0; attempt < ATTEMPTS && this.#refusal === undefined; attempt += 1) {
      const supply = await abortable(this.#supplyFor(environment, spec), signal);
      if (!(await abortable(this.#hasStarted(supply.template, spec), signal))) break;
      const next = supply.next();
      try {
        const fork = await abortable(next, signal);
        supply.fill();
        if (fork !== undefined) return this.#instanceOf(fork, spec, generation);
      } catch (error) {
        void next.then((fork) => fork && this.#end(fork, spec)); // nobody waits for it any more
        throw error;
      }
      await this.#throwViolation(supply.template, spec);
      if (supply.template.isHung) return `its template did not answer within ${ANSWER_MILLISECONDS / 1_000} s`;
    }
    return this.#refusal ?? 'its template could not be forked';
  }

  #instanceOf(fork: Fork, spec: PluginSpec, generation: number): ProcessInstance {
    const identity = { ...fork.identity, generation };
    const output = this.#processes.capture(spec, identity, fork.output);
    return new ProcessInstance(fork.endpoint, { identity, output, ended: fork.ended, killed: () => fork.endIsNear() });
  }

  /** Ends a fork that nobody has used. */
  async #end(fork: Fork, spec: PluginSpec): Promise<void> {
    await this.#instanceOf(fork, spec, NO_GENERATION).stop('kill', 0);
    fork.discard();
  }

  /** That of the template that is there, or of a new one: also in the place of one that has died, or of another environment. */
  async #supplyFor(environment: ReadyEnvironment, spec: PluginSpec): Promise<SpareForks> {
    const known = this.#current;
    if (known?.environment === environment.identity) {
      const supply = await known.supply;
      if (supply.template.isUsable) return supply;
      // Somebody else may have been faster.
      if (this.#current !== known) return await this.#supplyFor(environment, spec);
    } else this.#retire();
    if (this.#isClosed) throw new BulkheadError('MANAGER_CLOSED', { what: `plugin "${spec.id}" is stopped` });
    const supply = this.#template(environment, spec).then((template) => this.#supply(template, spec));
    this.#current = { environment: environment.identity, supply };
    supply.catch(() => (this.#current = undefined));
    return await supply;
  }

  async #template(environment: ReadyEnvironment, spec: PluginSpec): Promise<Template> {
    const sockets = await ForkSockets.listen().catch((cause: Error) => {
      throw new BulkheadError('PLUGIN_LAUNCH_FAILED', { plugin: spec.id, reason: cause.message }, { cause });
    });
    try {
      const { descriptor } = sockets;
      const { child, entry, ...process } = await this.#processes.spawn(environment, spec, NO_GENERATION, descriptor);
      const channel = (child.stdio as readonly unknown[])[CHANNEL] as Socket;
      return new Template({ plugin: spec.id, process, entry, channel, sockets });
    } finally {
      sockets.close();
    }
  }

  #supply(template: Template, spec: PluginSpec): SpareForks {
    const supply = new SpareForks({
      template,
      spares: spec.pool.instances.spare,
      made: (fork, role) => this.#processes.adopt(fork, spec, role),
      end: (spare) => this.#end(spare, spec),
    });
    this.#forks.add(supply);
    void template.exited.then(() => this.#forks.delete(supply));
    return supply;
  }

  /** Lets the template go, but for the instances that it has forked. */
  #retire(): void {
    void this.#current?.supply.then(
      ({ template }) => template.retire(),
      () => {}, // it was not started
    );
    this.#current = undefined;
  }

  /** @returns what is to be called, once, when the instance is gone or was not started. */
  #use({ pool: { idleUnload, instances } }: PluginSpec): () => void {
    this.#users += 1;
    clearTimeout(this.#idleTimer);
    return () => {
      this.#users -= 1;
      // Who asks for spares has asked for what they are forked from.
      if (this.#users > 0 || this.#isClosed || instances.spare > 0) return;
      this.#idleTimer = setTimeout(() => this.#retire(), idleUnload ?? IDLE_MILLISECONDS).unref();
    };
  }

  async #throwViolation(template: Template, { id }: PluginSpec): Promise<void> {
    if (template.violation === undefined) return;
    const { lastLines } = await template.diagnose();
    throw template.violation.within({ plugin: id, lastLines });
  }

  /** False: the plugin may not be forked. */
  async #hasStarted(template: Template, spec: PluginSpec): Promise<boolean> {
    const plugin = spec.id;
    const milliseconds = spec.calls.timeouts.start;
    const inTime = await settlesWithin(template.started, milliseconds);
    const start = inTime ? await template.started : undefined;
    if (start?.type === 'imported') return true;
    if (start?.type === 'refused') {
      this.#refusal = start.reason;
      return false;
    }
    if (inTime && start === undefined) await template.exited;
    else await template.stop();
    await this.#throwViolation(template, spec);
    const { ending, hints, lastLines } = await template.diagnose();
    if (!inTime)
      throw new BulkheadError('PLUGIN_START_TIMEOUT', { plugin, milliseconds }, { context: { plugin, lastLines } });
    if (start !== undefined)
      throw errorFromRemote(start.failure, { plugin, action: '', actions: [] }).within({ plugin, lastLines });
    const reason = asReason([ending, ...hints].join('. '));
    throw new BulkheadError('PLUGIN_EXITED', { plugin, reason }, { context: { plugin, lastLines } });
  }
}

/** Why this start is no matter for a template; undefined: it is one. */
function whyToSpawn(
  { runtime: { python } }: ReadyEnvironment,
  { launch: { start }, pool: { instances } }: PluginSpec,
  isFirst: boolean,
): string | undefined {
  if (start === 'spawn') return 'the registry asks for it';
  // On other systems nothing tells whether a library has left a thread running.
  if (process.platform !== 'linux') return 'templates are made on Linux only';
  if (python.implementation !== 'cpython') return `templates are not made of ${python.implementation}`;
  if (start === 'auto' && isFirst && instances.spare === 0) return 'a template pays from the second start on';
  return undefined;
}
