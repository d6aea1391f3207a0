import type { AnyImageRuntime } from '../environment/ready-environment.ts';
import { namedVariables } from '../lifecycle/process-variables.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';

/** The home of a user that the image does not know; the rest of a container can't be written to. */
const SCRATCH = '/tmp';

/** What a plugin in a container gets besides the variables of its image. */
export function containerVariables(
  { setsHome }: AnyImageRuntime,
  { launch }: PluginSpec,
  variables: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  return {
    ...(setsHome ? {} : { HOME: SCRATCH }),
    ...namedVariables(variables, launch.variablesFromHost),
    ...launch.variables,
  };
}
