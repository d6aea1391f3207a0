import type { CommandRuntime, EnvironmentProvider, ReadyEnvironment } from './ready-environment.ts';

/** For plugins that a command of their own starts: there is nothing to make ready. */
export class NoEnvironment implements EnvironmentProvider<CommandRuntime> {
  prepare(): Promise<ReadyEnvironment<CommandRuntime>> {
    return Promise.resolve(NOTHING);
  }

  find(): Promise<ReadyEnvironment<CommandRuntime>> {
    return Promise.resolve(NOTHING);
  }
}

const NOTHING: ReadyEnvironment<CommandRuntime> = {
  identity: '',
  packages: {},
  built: false,
  duration: 0,
  resolved: undefined,
  lockedBy: undefined,
  localSources: [],
  runtime: { kind: 'command' },
};
