import { join } from 'node:path';
import type { LogPayload } from '@bulkhead/protocol';
import type { PythonInterpreter, PythonRuntime, ReadyEnvironment } from '../../environment/ready-environment.ts';
import { confinedVariables, pluginVariables } from '../../lifecycle/process-variables.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { Confinement, InstanceChannels, InstanceCommand } from '../instance-command.ts';
import { proxyFor, sandboxPolicy } from '../sandbox-policy.ts';
import type { SdkBytecode } from './sdk-bytecode.ts';

export interface PythonOptions {
  /** Holds `plugin_sdk`. */
  readonly sdk: string;
  readonly bytecode: SdkBytecode;
  /** Where debugpy lies once it has been fetched, for containers: they see only what they are started with. */
  readonly debugger?: string;
  /**
   * Where the C extension of the SDK's codec lies that fits an interpreter; undefined where there is none. `inImage`: the
   * interpreter is in a container, with this C library.
   */
  readonly accelerator?: (python: PythonInterpreter, inImage?: 'glibc' | 'musl') => Promise<string | undefined>;
}

/**
 * Starts a Python plugin: the base interpreter, on our bootstrap, which moves it into the environment. Nothing stands between
 * host and plugin: no shell, no shim, no `uv run`.
 */
export async function pythonCommand(
  runtime: PythonRuntime,
  start: PythonStartHere,
  { sdk, bytecode, accelerator }: PythonOptions,
): Promise<InstanceCommand> {
  const { spec, variables } = start;
  const { python, prefix, sitePackages } = runtime;
  const { environment, confinement } = start;
  const { scratch } = confinement;
  const [codec, ownBytecode] = await Promise.all([accelerator?.(python), bytecode.path()]);
  const options = bootstrapOptions(start, {
    folder: spec.folder,
    prefix,
    'site-packages': sitePackages,
    bytecode: ownBytecode,
    accelerator: codec,
    sandbox: sandboxPolicy({ spec, environment, confinement }, [sdk]),
  });
  return {
    joinsGroups: true,
    file: python.executable,
    args: ['-S', join(sdk, 'plugin_sdk', 'bootstrap.py'), ...options],
    env:
      scratch === undefined
        ? pluginVariables(variables, spec.launch, prefix)
        : confinedVariables(variables, spec.launch, { prefix, scratch, proxy: proxyFor(spec) }),
  };
}

/** What the bootstrap is told of places, as the plugin's process sees them; see the SDK's launch.py. */
interface Places {
  readonly folder: string;
  readonly prefix?: string | undefined;
  readonly 'site-packages'?: string | undefined;
  readonly bytecode: string | undefined;
  readonly accelerator: string | undefined;
  /** What the kernel is to keep it to. */
  readonly sandbox?: string | undefined;
}

/** Arguments of the SDK's bootstrap. */
export function bootstrapOptions(
  { spec, environment, channels, logLevel }: PythonStart,
  places: Places,
): readonly string[] {
  const { file, module, className } = spec.launch.entryPoint;
  const ofPlugin = {
    plugin: spec.id,
    'entry-point': file,
    module,
    class: className,
    environment: environment.identity,
  };
  const options: Readonly<Record<string, string | undefined>> = {
    ...(channels.runs === 'group' ? {} : ofPlugin),
    ...places,
    endpoint: channels.endpoint,
    lifeline: channels.lifeline,
    descriptors: String(channels.descriptors),
    'log-level': logLevel,
    start: STARTS[channels.runs],
  };
  return Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
}

const STARTS = { plugin: undefined, template: 'fork', group: 'group' } as const;

/** What a group is told of a plugin that is to begin in it; see the SDK's _group/launch.py. */
export function pluginOptions(
  { id, folder, launch }: PluginSpec,
  { identity }: ReadyEnvironment,
): Readonly<Record<string, string>> {
  const { file, module, className } = launch.entryPoint;
  const options = { plugin: id, folder, 'entry-point': file, module, class: className, environment: identity };
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [[`--${name}`, value]])),
  );
}

interface PythonStartHere extends PythonStart {
  readonly confinement: Confinement;
}

export interface PythonStart {
  readonly spec: PluginSpec;
  readonly environment: ReadyEnvironment;
  readonly channels: InstanceChannels;
  /** The host's environment variables. */
  readonly variables: NodeJS.ProcessEnv;
  readonly logLevel: LogPayload['level'];
}
