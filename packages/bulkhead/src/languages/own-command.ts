import { join } from 'node:path';
import type { LogPayload } from '@bulkhead/protocol';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { pluginVariables } from '../lifecycle/process-variables.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import type { InstanceChannels, InstanceCommand } from './instance-command.ts';

const NO_GATES = 'a command of its own starts it, and Bulkhead closes gates only of what it starts itself';

/**
 * The command of the registry, in the plugin's folder. It is told how to reach the host in the variables that the SDK's
 * `_process/join.py` reads.
 *
 * @throws BulkheadError `SANDBOX_UNAVAILABLE`
 */
export function ownCommand(
  { id, launch, folder }: PluginSpec,
  { endpoint }: InstanceChannels,
  variables: NodeJS.ProcessEnv,
  logLevel: LogPayload['level'],
): InstanceCommand {
  if (launch.confined) throw new BulkheadError('SANDBOX_UNAVAILABLE', { plugin: id, reason: NO_GATES });
  const [program, ...args] = launch.command ?? [];
  if (program === undefined) throw new BulkheadError('INTERNAL', { reason: 'the plugin has no command' });
  return {
    // one with a slash is a file, relative to the plugin's folder; any other is looked for on the PATH
    file: program.includes('/') && !program.startsWith('/') ? join(folder, program) : program,
    args,
    env: {
      ...pluginVariables(variables, launch, undefined),
      BULKHEAD_ENDPOINT: endpoint,
      BULKHEAD_LOG_LEVEL: logLevel,
    },
  };
}
