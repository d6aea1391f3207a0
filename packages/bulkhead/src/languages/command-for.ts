import type { LogPayload } from '@bulkhead/protocol';
import type { ReadyEnvironment } from '../environment/ready-environment.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import type { InstanceChannels, InstanceCommand } from './instance-command.ts';
import { pythonCommand, type PythonOptions } from './python/command.ts';

export interface LanguageOptions {
  /** The host's environment variables; a plugin sees an allow-list of them. */
  readonly variables: NodeJS.ProcessEnv;
  /** From which on the host's log takes lines now: plugins send no others. */
  readonly logLevel: () => LogPayload['level'];
  readonly python: PythonOptions;
}

/** The command that starts a plugin in its environment, in whatever language it is written. */
export async function commandFor(
  { environment, spec }: { readonly environment: ReadyEnvironment; readonly spec: PluginSpec },
  channels: InstanceChannels,
  { variables, logLevel, python }: LanguageOptions,
): Promise<InstanceCommand> {
  const { runtime } = environment;
  switch (runtime.kind) {
    case 'python':
      return await pythonCommand(runtime, { spec, environment, channels, variables, logLevel: logLevel() }, python);
  }
}
