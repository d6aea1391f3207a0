import { join } from 'node:path';
import type { LogPayload } from '@bulkhead/protocol';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { pluginVariables } from '../lifecycle/process-variables.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { type InstanceChannels, type InstanceCommand, NO_ENDPOINT } from './instance-command.ts';

const NO_GATES = 'a command of its own starts it, and Bulkhead closes gates only of what it starts itself';

/**
 * The command of the registry, in the plugin's folder.
 *
 * @throws BulkheadError `SANDBOX_UNAVAILABLE`
 */
export function ownCommand(
  { id, launch, folder }: PluginSpec,
  channels: InstanceChannels,
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
      ...variablesOfHost(channels, logLevel),
    },
  };
}

/** How a program that Bulkhead does not start itself finds its host; see the SDK's own_command.py, and the protocol. */
export function variablesOfHost(
  { endpoint, lifeline }: InstanceChannels,
  logLevel: LogPayload['level'],
): Readonly<Record<string, string>> {
  return {
    ...(endpoint === NO_ENDPOINT ? {} : { BULKHEAD_ENDPOINT: endpoint }),
    ...(lifeline === undefined ? {} : { BULKHEAD_LIFELINE: lifeline }),
    BULKHEAD_LOG_LEVEL: logLevel,
  };
}
