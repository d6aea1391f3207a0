import type { LogPayload } from '@bulkhead/protocol';
import type { ImageRuntime, ReadyEnvironment } from '../environment/ready-environment.ts';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import type { Confinement, ContainerCommand, InstanceChannels, InstanceCommand } from './instance-command.ts';
import { nodeCommand, type NodeOptions } from './node/command.ts';
import { nodeInContainer } from './node/container-command.ts';
import { ownCommand } from './own-command.ts';
import { requireApart } from './require-apart.ts';
import { pythonCommand, type PythonOptions } from './python/command.ts';
import { pythonInContainer } from './python/container-command.ts';

export interface LanguageOptions {
  /** The host's environment variables; a plugin sees an allow-list of them. */
  readonly variables: NodeJS.ProcessEnv;
  /** From which on the host's log takes lines now: plugins send no others. */
  readonly logLevel: () => LogPayload['level'];
  readonly python: PythonOptions;
  readonly node: NodeOptions;
  /** Folders of what all plugins run: the host's data and its SDK. */
  readonly shared: readonly string[];
  /** Refuses an environment that somebody has changed. @throws BulkheadError `ENVIRONMENT_CHANGED` */
  readonly check?: (environment: ReadyEnvironment, spec: PluginSpec) => Promise<void>;
}

interface Started {
  readonly environment: ReadyEnvironment;
  readonly spec: PluginSpec;
}

interface StartedHere extends Started {
  readonly confinement: Confinement;
}

/** The command that starts a plugin in its environment, in whatever language it is written. */
export async function commandFor(
  start: StartedHere,
  channels: InstanceChannels,
  { variables, logLevel, python, node, shared, check }: LanguageOptions,
): Promise<InstanceCommand> {
  await Promise.all([requireApart(start.spec, shared), check?.(start.environment, start.spec)]);
  const { runtime } = start.environment;
  switch (runtime.kind) {
    case 'python':
      return await pythonCommand(runtime, { ...start, channels, variables, logLevel: logLevel() }, python);
    case 'command':
      return await ownCommand(runtime, { ...start, channels, variables, logLevel: logLevel(), sdk: python.sdk });
    case 'node':
      return await nodeCommand(runtime, { ...start, channels, variables, pythonSdk: python.sdk }, node);
    case 'image':
      throw new BulkheadError('INTERNAL', { reason: 'an image is run by an engine, not by this machine' });
  }
}

/** The same in a container of an image. */
export async function containerCommandFor(
  { environment, spec }: Started,
  runtime: ImageRuntime,
  channels: InstanceChannels,
  { variables, logLevel, python, node }: LanguageOptions,
): Promise<ContainerCommand> {
  if (runtime.node !== undefined) return nodeInContainer(runtime, { spec, environment, channels, variables }, node);
  return await pythonInContainer(runtime, { spec, environment, channels, variables, logLevel: logLevel() }, python);
}
