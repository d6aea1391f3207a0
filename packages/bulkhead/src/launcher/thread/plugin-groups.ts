import { memberOptions } from '../../languages/member-options.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { abortable } from '../../lifecycle/wait.ts';
import type { LaunchRequest } from '../launcher.ts';
import type { ProcessStages } from '../process/process-stages.ts';
import type { Group } from './group.ts';
import { startGroup } from './start-group.ts';
import type { ThreadInstance } from './thread-instance.ts';
import { resourcesOfGroup } from './whole-group.ts';

/** Of plugins that name no group. */
const UNNAMED = 'threads';

/** A plugin that has begun, and the group that it is in. */
export interface BegunPlugin {
  readonly instance: ThreadInstance;
  readonly group: Group;
}

/** The groups of a host: plugins that have an environment, and all that holds for a whole process, in common. */
export class PluginGroups {
  readonly #stages: ProcessStages;
  readonly #groups = new Map<string, Promise<Group>>();

  constructor(stages: ProcessStages) {
    this.#stages = stages;
  }

  /** Begins a plugin in its group, which is started for the first one. @throws BulkheadError `PLUGIN_LAUNCH_FAILED` */
  async begin(request: LaunchRequest): Promise<BegunPlugin> {
    const { spec, environment, generation, signal } = request;
    const options = memberOptions(spec, environment);
    const problem = whyNot(request);
    if (options === undefined || problem !== undefined)
      throw new BulkheadError('PLUGIN_LAUNCH_FAILED', {
        plugin: spec.id,
        reason: problem ?? 'plugins of its language do not run in threads',
        cure: 'Write `isolation: process` into its entry in the registry.',
      });
    // The registry refuses it where it reads both; defaults may join them afterwards.
    if (spec.launch.permissions !== undefined)
      throw new BulkheadError('SANDBOX_UNAVAILABLE', {
        plugin: spec.id,
        reason: 'a group is one process, and the kernel keeps no thread to less than the others',
        cure: 'Write `isolation: process` into its entry in the registry.',
      });
    let group = await abortable(this.#group(request), signal);
    while (!group.isUsable) group = await abortable(this.#group(request), signal); // its last plugin has just left
    return { group, instance: await group.begin({ spec, generation, options }) };
  }

  /** The one that runs; a new one if there is none that can be used. */
  #group(request: LaunchRequest): Promise<Group> {
    const key = keyOf(request);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const name = request.spec.environment.share?.name ?? UNNAMED;
    const starting = startGroup(name, request, this.#stages, () => this.#forget(key, starting));
    this.#groups.set(key, starting);
    starting.catch(() => this.#forget(key, starting));
    return starting;
  }

  #forget(key: string, group: Promise<Group>): void {
    if (this.#groups.get(key) === group) this.#groups.delete(key);
  }
}

function whyNot({ environment: { runtime } }: LaunchRequest): string | undefined {
  if (process.platform !== 'linux') return 'plugins run in threads on Linux only';
  const { python } = runtime;
  return python !== undefined && python.implementation !== 'cpython'
    ? `plugins do not run in threads of ${python.implementation}`
    : undefined;
}

/** Plugins with another one can't be in one process. */
function keyOf({ spec, environment: { identity, runtime } }: LaunchRequest): string {
  const { variables, variablesFromHost } = spec.launch;
  const { share } = spec.environment;
  const resources = resourcesOfGroup(spec, runtime);
  const node = runtime.kind === 'node' ? runtime.node.executable : undefined;
  return JSON.stringify([share?.name, identity, node, variables, variablesFromHost, resources]);
}
