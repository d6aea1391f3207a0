import { environmentsOf, type Environments } from '../environment/environments.ts';
import { type UnreadRequirements, unreadRequirements } from '../environment/dependency-files/unread-files.ts';
import { readDeclaredProject } from '../environment/requirements/declared-project.ts';
import type { ReadyEnvironment } from '../environment/ready-environment.ts';
import { type BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import type { ErrorDetails } from '../errors/error-details.ts';
import { SharedLooks } from '../environment/shared-looks.ts';
import { severalAtOnce } from '../lifecycle/several-at-once.ts';
import { letManyListen } from '../lifecycle/let-many-listen.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { type RegisteredPlugin, readRegistry } from '../registry/read-registry.ts';

/** A plugin of the registry, learnt without building or starting anything. */
export interface PluginSummary {
  readonly id: string;
  /** Undefined when its declaration has a mistake. */
  readonly spec: PluginSpec | undefined;
  /** Undefined when it is not built. */
  readonly environment: ReadyEnvironment | undefined;
  /** Why it could not run. */
  readonly problem: BulkheadError | undefined;
  /** Not on this machine, such as `3.13`: uv fetches it when it makes the environment, where that is allowed. */
  readonly pythonToFetch?: string;
}

/** More would only wait for the disk. */
const AT_ONCE = 32;

/** @param found hears of each as soon as it is known @throws BulkheadError `REGISTRY_NOT_FOUND`, `REGISTRY_INVALID` */
export async function summarisePlugins(
  registry: string,
  signal: AbortSignal,
  found: (summary: PluginSummary) => void = () => {},
): Promise<PluginSummary[]> {
  const { plugins } = await readRegistry(registry);
  letManyListen(signal); // each plugin looks for its environment
  const providers = environmentsOf({ looks: new SharedLooks(true) });
  return await severalAtOnce(AT_ONCE, plugins, async (plugin) => {
    const summary = await summarise(plugin, providers, signal);
    found(summary);
    return summary;
  });
}

async function summarise(
  { id, spec, problem }: RegisteredPlugin,
  providers: Environments,
  signal: AbortSignal,
): Promise<PluginSummary> {
  if (spec === undefined) return { id, spec, environment: undefined, problem };
  try {
    const environment = await providers[spec.environment.kind].find(spec, signal);
    return { id, spec, environment, problem: undefined };
  } catch (error) {
    if (!isBulkheadError(error)) throw error;
    if (
      error.code === 'PYTHON_NOT_FOUND' &&
      spec.environment.kind === 'uv' &&
      process.env['UV_PYTHON_DOWNLOADS'] !== 'never'
    ) {
      const { wanted } = error.details as ErrorDetails['PYTHON_NOT_FOUND'];
      return { id, spec, environment: undefined, problem: undefined, pythonToFetch: wanted };
    }
    return { id, spec, environment: undefined, problem: error };
  }
}

/** What a plugin asks for in files that don't count, although nothing else asks for a package. */
export async function unreadIn({ spec, problem }: PluginSummary): Promise<UnreadRequirements | undefined> {
  if (spec === undefined || problem !== undefined || spec.environment.kind === 'node') return undefined;
  try {
    return await unreadRequirements(spec, await readDeclaredProject(spec));
  } catch (error) {
    if (isBulkheadError(error)) return undefined; // of files that decide nothing, such as those of a plugin in a container
    throw error;
  }
}
