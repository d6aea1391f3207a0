import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { type EnvironmentOptions, LOCK_PATIENCE } from '../environment-options.ts';
import type { EnvironmentProvider, PrepareOptions, ProgressSink, ReadyEnvironment } from '../ready-environment.ts';
import { explainShared } from '../requirements/shared-project.ts';
import { SharedLooks } from '../shared-looks.ts';
import { StateFolder } from '../state-folder.ts';
import { type BuildContext, type BuildPlan, findEnvironment, prepareEnvironment } from './build-environment.ts';
import type { BuiltRuntime } from './contents.ts';
import { ProgressReporter } from './progress-reporter.ts';

/**
 * Plans a plugin's environment without building anything. Where `mayInstall`, a Python that is missing on
 * this machine may be installed for it.
 */
export type Planner<Runtime extends BuiltRuntime> = (
  context: BuildContext,
  mayInstall: boolean,
) => Promise<BuildPlan<Runtime>>;

/** Builds environments in the state folder, by the plans of one builder. */
export class BuildingProvider<Runtime extends BuiltRuntime> implements EnvironmentProvider<Runtime> {
  readonly #plan: Planner<Runtime>;
  readonly #state: StateFolder;
  readonly #variables: NodeJS.ProcessEnv;
  readonly #patience: number;
  readonly #sdk: string | undefined;
  readonly #looks: SharedLooks;

  constructor(plan: Planner<Runtime>, options: EnvironmentOptions) {
    this.#plan = plan;
    this.#variables = options.variables ?? process.env;
    this.#state = options.state ?? StateFolder.of(this.#variables);
    this.#patience = options.patience ?? LOCK_PATIENCE;
    this.#sdk = options.sdkForTools;
    this.#looks = options.looks ?? new SharedLooks();
  }

  async prepare(
    spec: PluginSpec,
    signal: AbortSignal,
    progress: ProgressSink,
    { upgrade = false }: PrepareOptions = {},
  ): Promise<ReadyEnvironment<Runtime>> {
    const began = performance.now();
    const context = { ...this.#context(spec, signal, progress), newerThan: upgrade ? Date.now() : undefined };
    try {
      this.#state.check();
      const environment = await prepareEnvironment(await this.#plan(context, true), context);
      return { ...environment, duration: performance.now() - began };
    } catch (error) {
      throw this.#state.explain(explainShared(error, spec));
    } finally {
      context.reporter.close();
    }
  }

  async find(spec: PluginSpec, signal: AbortSignal): Promise<ReadyEnvironment<Runtime> | undefined> {
    const context = this.#context(spec, signal, () => undefined);
    try {
      this.#state.check();
      return await findEnvironment(await this.#plan(context, false), context);
    } catch (error) {
      throw this.#state.explain(error);
    }
  }

  #context(spec: PluginSpec, signal: AbortSignal, progress: ProgressSink): BuildContext {
    signal.throwIfAborted();
    const reporter = new ProgressReporter(spec.id, progress);
    const surroundings = { state: this.#state, variables: this.#variables, looks: this.#looks };
    return { spec, ...surroundings, patience: this.#patience, sdk: this.#sdk, reporter, signal };
  }
}
