import type { ProgressSink } from '../environment/ready-environment.ts';
import type { PluginObserver } from './plugin-observer.ts';
import type { ReadRegistryOptions } from '../registry/read-registry.ts';
import type { HostLogger } from '../monitor/host-logger.ts';

export interface PluginManagerOptions {
  /** Folder for environments, tools and locks; `BULKHEAD_HOME`, or the user's data folder, unless given. */
  readonly home?: string;
  /**
   * Folder that holds `plugin_sdk`, or whose `src` does, for a host that was bundled; `BULKHEAD_PYTHON_SDK`, or where it is
   * installed, unless given.
   */
  readonly pythonSdk?: string;
  /** The same of the SDK for plugins in TypeScript: holds `plugin-sdk`; `BULKHEAD_NODE_SDK`, or where it is installed, unless given. */
  readonly nodeSdk?: string;
  /** Such as a pino logger. The default writes JSON lines to standard error, from the level in `BULKHEAD_LOG` (`warn`) on. */
  readonly logger?: HostLogger;
  /** Hear of calls, instances, hooks, resources and caches, in this order. */
  readonly observers?: readonly PluginObserver[];
  /** The host's environment variables, from which `${env:…}` and the plugins' allow-list are read; `process.env` unless given. */
  readonly variables?: NodeJS.ProcessEnv;
  /** Whether `open` starts the plugins with `instances: { min: … }` ahead of their first call; true unless given. */
  readonly startAhead?: boolean;
  /** Units of the resources that are counted; beside those of the registry, which go first. */
  readonly resources?: Readonly<Record<string, number>>;
}

export const MANAGER_OPTIONS: Readonly<Record<keyof PluginManagerOptions, true>> = {
  home: true,
  pythonSdk: true,
  nodeSdk: true,
  logger: true,
  observers: true,
  variables: true,
  startAhead: true,
  resources: true,
};

/** What of them decides how a registry is read. */
export function readingFor({ variables }: PluginManagerOptions): ReadRegistryOptions {
  return variables === undefined ? {} : { variables };
}

export interface ReloadOptions {
  /** Hears how the environment is made ready. */
  readonly onProgress?: ProgressSink;
}
