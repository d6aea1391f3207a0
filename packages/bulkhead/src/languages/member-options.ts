import type { ReadyEnvironment } from '../environment/ready-environment.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { pluginOptions } from './python/command.ts';

/**
 * What a group is told to begin a plugin, as options of its language's bootstrap.
 *
 * @returns undefined of a language whose plugins don't run in threads
 */
export function memberOptions(
  spec: PluginSpec,
  environment: ReadyEnvironment,
): Readonly<Record<string, string>> | undefined {
  return environment.runtime.kind === 'python' ? pluginOptions(spec, environment) : undefined;
}
