import type { ReadyEnvironment } from '../../environment/ready-environment.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { abortable } from '../../lifecycle/wait.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { Launcher, LaunchRequest, LauncherStatus, StartMode } from '../launcher.ts';
import type { ProcessStages } from '../process/process-stages.ts';
import type { RunningInstance } from '../running-instance.ts';
import type { Fork } from './fork.ts';
import type { ForkTier, StartedInstance } from './fork-tier.ts';
import { SpareForks } from './spare-forks.ts';
import { imported, NO_GENERATION, throwViolation } from './start-template.ts';
import { ANSWER_MILLISECONDS, type Template } from './template.ts';

/** A template that is out of date is replaced at once; after a second failure the instance is spawned. */
const ATTEMPTS = 2;
/** How long a template stays without instances and starts, unless the registry sets `idle_unload`. */
const IDLE_MILLISECONDS = 600_000;
const FORKED: StartMode = { mode: 'fork', reason: 'a template has imported it' };

interface CurrentForks {
  readonly environment: ReadyEnvironment;
  readonly forks: Promise<SpareForks>;
}

/**
 * Starts the instances of one plugin by forking a template that has imported it, where that pays and is safe; each by itself
 * otherwise.
 */
export class ForkserverLauncher implements Launcher {
  readonly #stages: ProcessStages;
  readonly #tier: ForkTier;
  #current: CurrentForks | undefined;
  /** Those of replaced templates included, which live as long as the instances that they forked. */
  readonly #all = new Set<SpareForks>();
  #refusal: string | undefined;
  #lastStart: StartMode | undefined;
  /** Instances that run or are being started. */
  #users = 0;
  #idleTimer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #systemProblem: Promise<string | undefined> | undefined;

  constructor(stages: ProcessStages, tier: ForkTier) {
    this.#stages = stages;
    this.#tier = tier;
  }

  get status(): LauncherStatus {
    const spares = [...this.#all].reduce((sum, forks) => sum + forks.spares, 0);
    return { lastStart: this.#lastStart, spares };
  }

  /**
   * @throws BulkheadError `PLUGIN_LAUNCH_FAILED`; of a template `PLUGIN_IMPORT_FAILED`, `PLUGIN_EXITED`,
   * `PLUGIN_START_TIMEOUT`, `PROTOCOL_VIOLATION`
   */
  async launch(request: LaunchRequest): Promise<RunningInstance> {
    const { spec, generation, signal } = request;
    signal.throwIfAborted();
    const left = this.#use(spec);
    try {
      const { instance, start } = await this.#launch(request);
      this.#lastStart = start;
      this.#stages.processes.note(instance.identity, { role: 'instance', generation, start });
      void instance.exited.then(left);
      return instance;
    } catch (error) {
      left();
      throw error;
    }
  }

  /** Makes a template and its spares. */
  async prepareAhead(request: LaunchRequest): Promise<void> {
    const { spec, signal } = request;
    if (this.#tier.whyAlone(request, false) !== undefined) return;
    await this.#checkSystem();
    if (this.#refusal !== undefined) return;
    const forks = await abortable(this.#forksFor(request), signal);
    if (await abortable(this.#mayFork(forks.template, spec), signal)) forks.fill(0);
  }

  /** Ends the template; instances that it forked end with it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idleTimer);
    await this.#current?.forks.catch(() => {});
    await Promise.all(
      [...this.#all].map(async (forks) => {
        forks.template.retire();
        await forks.emptied();
        await forks.template.stop();
      }),
    );
    await this.#tier.close();
  }

  async #launch(request: LaunchRequest): Promise<StartedInstance> {
    const reason = this.#tier.whyAlone(request, this.#lastStart === undefined);
    const forked = reason ?? (await this.#fork(request));
    return typeof forked === 'string'
      ? await this.#tier.startAlone(request, forked)
      : { instance: forked, start: FORKED };
  }

  /** @returns the instance, or why it can't be forked */
  async #fork(request: LaunchRequest): Promise<RunningInstance | string> {
    const { spec, generation, signal } = request;
    await this.#checkSystem();
    for (let attempt = 0; attempt < ATTEMPTS && this.#refusal === undefined; attempt += 1) {
      const forks = await abortable(this.#forksFor(request), signal);
      if (!(await abortable(this.#mayFork(forks.template, spec), signal))) break;
      const next = forks.next();
      try {
        const fork = await abortable(next, signal);
        forks.fill();
        if (fork !== undefined) return forks.template.instanceOf(fork, generation);
      } catch (error) {
        void next.then(
          (fork) => fork && end(fork, forks.template), // the caller has gone
          () => {}, // that is the error
        );
        throw error;
      }
      await throwViolation(forks.template, spec);
      if (forks.template.isHung) return `its template did not answer within ${ANSWER_MILLISECONDS / 1_000} s`;
    }
    return this.#refusal ?? 'its template could not be forked';
  }

  /** Before the first fork: where templates can have no sockets, instances are spawned. */
  async #checkSystem(): Promise<void> {
    const problem = await (this.#systemProblem ??= this.#tier.problem());
    if (problem !== undefined) this.#refusal = `this system gives templates no sockets: ${problem}`;
  }

  /** The forks of the current template; of a new one if that has died, or if the environment has changed. */
  async #forksFor(request: LaunchRequest): Promise<SpareForks> {
    const { environment, spec } = request;
    const known = this.#current;
    if (known !== undefined && isSame(known.environment, environment)) {
      const forks = await known.forks;
      if (forks.template.isUsable) return forks;
      // Another start may have been faster.
      if (this.#current !== known) return await this.#forksFor(request);
    } else this.#retire();
    if (this.#isClosed) throw new BulkheadError('MANAGER_CLOSED', { what: `plugin "${spec.id}" is stopped` });
    const forks = this.#tier.startTemplate(request).then((template) => this.#forksOf(template, spec));
    const current = { environment, forks };
    this.#current = current;
    forks.catch(() => {
      if (this.#current === current) this.#current = undefined;
    });
    return await forks;
  }

  #forksOf(template: Template, spec: PluginSpec): SpareForks {
    const forks = new SpareForks({
      template,
      spares: spec.pool.instances.spare,
      end: (spare) => end(spare, template),
    });
    this.#all.add(forks);
    void template.exited.then(() => this.#all.delete(forks));
    return forks;
  }

  async #mayFork(template: Template, spec: PluginSpec): Promise<boolean> {
    this.#refusal ??= await imported(template, spec);
    return this.#refusal === undefined;
  }

  /** Retires the current template: it ends with the last of its instances. */
  #retire(): void {
    void this.#current?.forks.then(
      ({ template }) => template.retire(),
      () => {}, // it was not started
    );
    this.#current = undefined;
  }

  /** @returns a function to call once, when the instance is gone or was not started */
  #use({ pool: { idleUnload, instances } }: PluginSpec): () => void {
    this.#users += 1;
    clearTimeout(this.#idleTimer);
    return () => {
      this.#users -= 1;
      // A registry that asks for spares asks for what they are forked from.
      if (this.#users > 0 || this.#isClosed || instances.spare > 0) return;
      this.#idleTimer = setTimeout(() => this.#retire(), idleUnload ?? IDLE_MILLISECONDS).unref();
    };
  }
}

/** One that took the place of a changed one has the same identity, and lies elsewhere. */
function isSame(one: ReadyEnvironment, other: ReadyEnvironment): boolean {
  return one.identity === other.identity && one.runtime.prefix === other.runtime.prefix;
}

/** Ends a fork that was never used. */
async function end(fork: Fork, template: Template): Promise<void> {
  await template.instanceOf(fork, NO_GENERATION).stop('kill', 0);
  fork.discard();
}
