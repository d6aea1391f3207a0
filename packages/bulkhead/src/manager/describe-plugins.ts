import type { Environments } from '../environment/environments.ts';
import type { ProgressSink } from '../environment/ready-environment.ts';
import { guardedListener } from '../lifecycle/guarded.ts';
import { severalAtOnce } from '../lifecycle/several-at-once.ts';
import type { PluginDescription } from './plugin-status.ts';

export interface DescribeOptions {
  /** The plugins, in this order; all in the order of the registry unless given. */
  readonly ids?: readonly string[];
  /** Whether plugins of which nothing is known are started, to be asked; true unless given. */
  readonly start?: boolean;
  /** Hears how environments are made ready for it. */
  readonly onProgress?: ProgressSink;
}

export const DESCRIBE_OPTIONS: Readonly<Record<keyof DescribeOptions, true>> = {
  ids: true,
  start: true,
  onProgress: true,
};

/** A plugin with what it says of itself, or why that is not known. */
export interface DescribedPlugin {
  readonly id: string;
  /** Undefined if there is a problem, or if it would have to be started and was not to be. */
  readonly description: PluginDescription | undefined;
  /** Such as that it does not start, that its declaration has a mistake, or that it is disabled. */
  readonly problem: Error | undefined;
}

/** How one plugin is asked for its description, among many. */
export interface Asking {
  /** In which its environment is looked for. */
  readonly environments: Environments;
  readonly start: boolean;
  readonly progress: ProgressSink | undefined;
}

/** A plugin that can be asked. */
interface Describable {
  readonly id: string;
  /** Undefined if it is not known, and nothing may be started. */
  describeAmongMany(asking: Asking): Promise<PluginDescription | undefined>;
}

/** Those that are started for it run at the same time; what is known comes from the disk. */
const AT_ONCE = 16;

/** See `PluginManager.describePlugins`. */
export async function describePlugins(
  plugins: readonly Describable[],
  environments: Environments,
  { start = true, onProgress }: DescribeOptions,
): Promise<readonly DescribedPlugin[]> {
  const asking = { environments, start, progress: guardedListener(onProgress, 'onProgress of describePlugins') };
  return await severalAtOnce(AT_ONCE, plugins, async (plugin): Promise<DescribedPlugin> => {
    const { id } = plugin;
    try {
      return { id, description: await plugin.describeAmongMany(asking), problem: undefined };
    } catch (error) {
      return { id, description: undefined, problem: error as Error };
    }
  });
}
