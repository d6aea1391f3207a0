import { existsSync } from 'node:fs';
import type {
  PrepareOptions,
  ProgressEvent,
  ProgressSink,
  ReadyEnvironment,
} from '../environment/ready-environment.ts';
import { isBulkheadError } from '../errors/bulkhead-error.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import type { Stages } from './stages.ts';

/** The environment of a revision: finds or builds it, remembers it, and replaces one that somebody has changed. */
export class RevisionEnvironment {
  readonly #spec: PluginSpec;
  readonly #stages: Stages;
  readonly #closing: AbortSignal;
  #known: ReadyEnvironment | undefined;
  #finding: Promise<ReadyEnvironment> | undefined;
  /** Prefixes: starts at the same time find the same. */
  readonly #replaced = new Set<string>();
  readonly #listeners = new Set<ProgressSink>();

  /** @param closing is aborted when the revision builds nothing more */
  constructor(spec: PluginSpec, stages: Stages, closing: AbortSignal) {
    this.#spec = spec;
    this.#stages = stages;
    this.#closing = closing;
  }

  /** Undefined until it was found or built. */
  get known(): ReadyEnvironment | undefined {
    return this.#known;
  }

  /** Finds or builds it, and another if somebody has changed it. @throws BulkheadError of blame `environment` or `user` */
  async prepare(progress?: ProgressSink, options?: PrepareOptions): Promise<ReadyEnvironment> {
    return await this.#heardBy(progress, async () => {
      const environment = await this.#find(options);
      try {
        await this.#stages.environmentChecks.check(environment, this.#spec);
        return environment;
      } catch (error) {
        return await this.replace(error);
      }
    });
  }

  /** The one that is remembered, if its folder is still there: looking for it at each start would cost more than a fork. */
  async present(): Promise<ReadyEnvironment> {
    const prefix = this.#known?.runtime.prefix;
    if (prefix !== undefined && !existsSync(prefix)) this.forget();
    return this.#known ?? (await this.#find());
  }

  /** Finds or builds what takes the place of one that was changed. @throws `error`, if it says anything else */
  async replace(error: unknown): Promise<ReadyEnvironment> {
    if (!isBulkheadError(error, 'ENVIRONMENT_CHANGED')) throw error;
    const { prefix } = error.details;
    if (this.#known?.runtime.prefix === prefix) this.forget();
    if (!this.#replaced.has(prefix)) {
      this.#replaced.add(prefix);
      this.#stages.observer.environmentFailed(this.#spec.id, error);
      this.#tell({ plugin: this.#spec.id, step: 'changed', message: error.message });
    }
    return await this.#find();
  }

  /** The next start looks for it anew. */
  forget(): void {
    this.#known = undefined;
  }

  /** Resolves when nothing is being built. */
  async settled(): Promise<void> {
    await this.#finding?.catch(() => undefined);
  }

  async #heardBy<Result>(listener: ProgressSink | undefined, work: () => Promise<Result>): Promise<Result> {
    if (listener !== undefined) this.#listeners.add(listener);
    try {
      return await work();
    } finally {
      if (listener !== undefined) this.#listeners.delete(listener);
    }
  }

  #tell(event: ProgressEvent): void {
    this.#stages.observer.environmentProgress(this.#spec.id, event);
    for (const listener of this.#listeners) listener(event);
  }

  /** Concurrent callers share one build. Nobody has looked at its files. */
  async #find(options?: PrepareOptions): Promise<ReadyEnvironment> {
    this.#closing.throwIfAborted();
    // An upgrade is more than those who came before it have asked for.
    if (options?.upgrade === true) await this.#finding?.catch(() => undefined);
    this.#finding ??= this.#findAlone(options).finally(() => (this.#finding = undefined));
    return await this.#stages.work.during(this.#finding);
  }

  async #findAlone(options?: PrepareOptions): Promise<ReadyEnvironment> {
    const { observer, environments, environmentNotes } = this.#stages;
    const { id, environment: wanted } = this.#spec;
    try {
      const tell = (event: ProgressEvent): void => this.#tell(event);
      const environment = await environments[wanted.kind].prepare(this.#spec, this.#closing, tell, options);
      // A later look finds what an earlier one built: what is remembered is the work that was done.
      if (this.#known?.identity !== environment.identity) this.#known = environment;
      if (environment.runtime.prefix !== undefined) environmentNotes.used(environment.runtime.prefix);
      observer.environmentReady(id, environment.built, environment.duration);
      return environment;
    } catch (error) {
      if (!this.#closing.aborted) observer.environmentFailed(id, error as Error);
      throw error;
    }
  }
}
