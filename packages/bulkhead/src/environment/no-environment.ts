import type { PluginSpec } from '../registry/plugin-spec.ts';
import type { EnvironmentOptions } from './environment-options.ts';
import { gatekeeperFor } from './python/gatekeeper.ts';
import type { CommandRuntime, EnvironmentProvider, ReadyEnvironment } from './ready-environment.ts';
import { StateFolder } from './state-folder.ts';

/** For plugins that a command of their own starts: nothing is made ready but what keeps them to their permissions. */
export class NoEnvironment implements EnvironmentProvider<CommandRuntime> {
  readonly #variables: NodeJS.ProcessEnv;
  readonly #state: StateFolder;

  constructor({ variables = process.env, state }: EnvironmentOptions = {}) {
    this.#variables = variables;
    this.#state = state ?? StateFolder.of(variables);
  }

  /** @throws BulkheadError `SANDBOX_UNAVAILABLE` */
  async prepare(spec: PluginSpec, signal: AbortSignal): Promise<ReadyEnvironment<CommandRuntime>> {
    const search = { state: this.#state, variables: this.#variables };
    const gatekeeper = spec.launch.confined ? await gatekeeperFor(spec.id, search, signal) : undefined;
    return {
      identity: '',
      packages: {},
      built: false,
      duration: 0,
      resolved: undefined,
      lockedBy: undefined,
      localSources: [],
      runtime: { kind: 'command', gatekeeper },
    };
  }

  async find(spec: PluginSpec, signal: AbortSignal): Promise<ReadyEnvironment<CommandRuntime>> {
    return await this.prepare(spec, signal);
  }
}
