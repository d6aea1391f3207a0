import type { ReadyEnvironment } from '../../environment/ready-environment.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';

/** What of a plugin's `resources` its group is kept to as a whole. The memory of each thread of Node is limited by itself. */
export function resourcesOfGroup(
  { launch: { resources } }: Pick<PluginSpec, 'launch'>,
  { kind }: Pick<ReadyEnvironment['runtime'], 'kind'>,
): PluginSpec['launch']['resources'] {
  return kind === 'node' ? { ...resources, memory: undefined } : resources;
}
