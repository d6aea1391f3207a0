import type { ReadyEnvironment } from '../environment/ready-environment.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { nodeMemberOptions } from './node/command.ts';
import { pluginOptions } from './python/command.ts';

/**
 * What a group is told to begin a plugin, as options of its language's bootstrap.
 *
 * @returns undefined of a language whose plugins don't run in threads
 * @throws BulkheadError `TYPESCRIPT_UNSUPPORTED`
 */
export function memberOptions(
  spec: PluginSpec,
  environment: ReadyEnvironment,
): Readonly<Record<string, string>> | undefined {
  const { runtime } = environment;
  switch (runtime.kind) {
    case 'python':
      return pluginOptions(spec, environment);
    case 'node':
      return nodeMemberOptions(spec, runtime, environment);
    case 'command':
    case 'image':
      return undefined;
  }
}
