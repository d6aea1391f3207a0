import { join } from 'node:path';
import type { LogPayload } from '@bulkhead/protocol';
import type { PythonInterpreter, PythonRuntime, ReadyEnvironment } from '../../environment/ready-environment.ts';
import { pluginVariables } from '../../lifecycle/process-variables.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { InstanceChannels, InstanceCommand } from '../instance-command.ts';
import type { SdkBytecode } from './sdk-bytecode.ts';

export interface PythonOptions {
  /** Holds `plugin_sdk`. */
  readonly sdk: string;
  readonly bytecode: SdkBytecode;
  /** Where the C extension of the SDK's codec lies that fits an interpreter; undefined where there is none. */
  readonly accelerator?: (python: PythonInterpreter) => Promise<string | undefined>;
}

/**
 * Starts a Python plugin: the base interpreter, on our bootstrap, which moves it into the environment. Nothing stands between
 * host and plugin: no shell, no shim, no `uv run`.
 */
export async function pythonCommand(
  runtime: PythonRuntime,
  { spec, environment, channels, variables, logLevel }: PythonStart,
  { sdk, bytecode, accelerator }: PythonOptions,
): Promise<InstanceCommand> {
  const { python, prefix, sitePackages } = runtime;
  const { entryPoint } = spec.launch;
  const [codec, ownBytecode] = await Promise.all([accelerator?.(python), bytecode.path()]);
  const options = {
    plugin: spec.id,
    folder: spec.folder,
    ...(entryPoint.file === undefined ? {} : { 'entry-point': entryPoint.file }),
    ...(entryPoint.module === undefined ? {} : { module: entryPoint.module }),
    ...(entryPoint.className === undefined ? {} : { class: entryPoint.className }),
    prefix,
    'site-packages': sitePackages,
    environment: environment.identity,
    ...(ownBytecode === undefined ? {} : { bytecode: ownBytecode }),
    ...(codec === undefined ? {} : { accelerator: codec }),
    endpoint: channels.endpoint,
    lifeline: channels.lifeline,
    descriptors: String(channels.descriptors),
    'log-level': logLevel,
    ...(channels.isTemplate ? { start: 'fork' } : {}),
  };
  return {
    file: python.executable,
    args: [
      '-S',
      join(sdk, 'plugin_sdk', 'bootstrap.py'),
      ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    ],
    env: pluginVariables(variables, spec.launch, prefix),
  };
}

interface PythonStart {
  readonly spec: PluginSpec;
  readonly environment: ReadyEnvironment;
  readonly channels: InstanceChannels;
  /** The host's environment variables. */
  readonly variables: NodeJS.ProcessEnv;
  readonly logLevel: LogPayload['level'];
}
