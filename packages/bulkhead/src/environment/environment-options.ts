import type { IdentityInputs } from './build/identity.ts';
import type { DiscoveredPython } from './python/python-discovery.ts';
import type { PythonInterpreter } from './ready-environment.ts';
import type { SharedLooks } from './shared-looks.ts';
import type { StateFolder } from './state-folder.ts';

/** Options of `environmentsOf`. */
export interface EnvironmentOptions {
  /** Default: the user's data folder, or `BULKHEAD_HOME`. */
  readonly state?: StateFolder;
  /** Default: those of this process. */
  readonly variables?: NodeJS.ProcessEnv;
  /** What is looked for on this machine, for all plugins. Default: each question is answered by what is there then. */
  readonly looks?: SharedLooks;
  /** Milliseconds to wait for another process that is building the same environment. Default: 15 minutes. */
  readonly patience?: number;
  /** The folder that holds `plugin_sdk`, for editors and other tools. Default: they go without. */
  readonly sdkForTools?: string;
}

/** A large package on a slow network takes minutes; a build that takes longer than this hangs. */
export const LOCK_PATIENCE: number = 15 * 60_000;

export function interpreterOf({ executable, version, implementation, origin }: DiscoveredPython): PythonInterpreter {
  return { executable, version, implementation, origin };
}

export function pythonIdentity({
  version,
  implementation,
  executable,
  build,
  machine,
}: DiscoveredPython): Pick<IdentityInputs, 'python' | 'platform'> {
  return { python: { version, implementation, executable, build }, platform: `${process.platform}-${machine}` };
}
