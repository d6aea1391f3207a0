import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { type EnvironmentOptions, interpreterOf } from './environment-options.ts';
import { choosePython } from './python/choose-python.ts';
import { discoverPythons } from './python/python-discovery.ts';
import type { CommandRuntime, EnvironmentProvider, PythonInterpreter, ReadyEnvironment } from './ready-environment.ts';
import { StateFolder } from './state-folder.ts';

const NO_PYTHON = 'its gates are closed by a Python (3.9 or later), and this machine has none';

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
    const gatekeeper = spec.launch.confined ? await this.#anyPython(spec.id, signal) : undefined;
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

  async #anyPython(plugin: string, signal: AbortSignal): Promise<PythonInterpreter> {
    const { pythons } = await discoverPythons(this.#state, this.#variables, signal);
    const fitting = choosePython(pythons, { pinned: undefined, requires: undefined });
    if (fitting === undefined) throw new BulkheadError('SANDBOX_UNAVAILABLE', { plugin, reason: NO_PYTHON });
    return interpreterOf(fitting);
  }
}
