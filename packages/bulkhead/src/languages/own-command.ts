import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { LogPayload } from '@bulkhead/protocol';
import type { CommandRuntime, ReadyEnvironment } from '../environment/ready-environment.ts';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { confinedVariables, pluginVariables } from '../lifecycle/process-variables.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { type Confinement, type InstanceChannels, type InstanceCommand, NO_ENDPOINT } from './instance-command.ts';
import { gatekept } from './gatekept.ts';
import { proxyFor, sandboxPolicy } from './sandbox-policy.ts';

/** What to do where there is no such program. */
export const WRITE_A_PROGRAM =
  'Write in `command` a program that is on the PATH, or its path, relative to the folder of the plugin.';

interface OwnStart {
  readonly spec: PluginSpec;
  readonly environment: ReadyEnvironment;
  readonly confinement: Confinement;
  readonly channels: InstanceChannels;
  readonly variables: NodeJS.ProcessEnv;
  readonly logLevel: LogPayload['level'];
  /** The folder that holds the SDK. */
  readonly sdk: string;
}

/**
 * The command of the registry, in the plugin's folder. One with permissions is run by the SDK's bootstrap, which closes the gates
 * and becomes that program.
 *
 * @throws BulkheadError `SANDBOX_UNAVAILABLE`, `PLUGIN_LAUNCH_FAILED`
 */
export async function ownCommand(runtime: CommandRuntime, start: OwnStart): Promise<InstanceCommand> {
  const { spec, confinement, channels, variables, logLevel } = start;
  const { launch, folder } = spec;
  const [named, ...args] = launch.command ?? [];
  if (named === undefined) throw new BulkheadError('INTERNAL', { reason: 'the plugin has no command' });
  // one with a slash is a file, relative to the plugin's folder; any other is looked for on the PATH
  const program = named.includes('/') && !named.startsWith('/') ? join(folder, named) : named;
  const ofHost = variablesOfHost(channels, logLevel);
  const { scratch } = confinement;
  if (scratch === undefined)
    return { file: program, args, env: { ...pluginVariables(variables, launch, undefined), ...ofHost } };
  if (runtime.gatekeeper === undefined)
    throw new BulkheadError('INTERNAL', { reason: 'nothing was found that would close the gates of a sandbox' });
  const file = await find(program, variables['PATH'] ?? '');
  if (file === undefined) throw notFound(spec.id, program);
  const policy = sandboxPolicy(start, [file, await realpath(file).catch(() => file)]);
  return {
    ...gatekept(runtime.gatekeeper, start.sdk, { program: file, args, policy, variables: ofHost }),
    env: confinedVariables(variables, launch, { prefix: undefined, scratch, proxy: proxyFor(spec) }),
  };
}

/** As the system would find it. */
async function find(program: string, path: string): Promise<string | undefined> {
  const files = program.includes('/') ? [program] : path.split(delimiter).map((folder) => join(folder, program));
  for (const file of files) {
    const mayRun = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (mayRun) return file;
  }
  return undefined;
}

function notFound(plugin: string, program: string): BulkheadError {
  return new BulkheadError('PLUGIN_LAUNCH_FAILED', {
    plugin,
    reason: `there is no program ${program} that may be run`,
    cure: WRITE_A_PROGRAM,
  });
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
