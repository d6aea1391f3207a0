import { join } from 'node:path';
import type { NodeRuntime, ReadyEnvironment } from '../../environment/ready-environment.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { nodePluginVariables } from '../../lifecycle/process-variables.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { Confinement, InstanceChannels, InstanceCommand } from '../instance-command.ts';
import { flagsToStripTypes, isTypeScript } from './type-stripping.ts';

export interface NodeOptions {
  /** The folder that holds `plugin-sdk`: asked for when the first such plugin starts. @throws BulkheadError `SDK_NOT_FOUND` */
  readonly sdk: () => string;
}

interface NodeStart {
  readonly spec: PluginSpec;
  readonly environment: ReadyEnvironment;
  readonly confinement: Confinement;
  readonly channels: InstanceChannels;
  /** The host's environment variables. */
  readonly variables: NodeJS.ProcessEnv;
}

/**
 * Starts a plugin in JavaScript or TypeScript: Node, on the bootstrap of our SDK, which loads the plugin with the packages of its
 * environment. No shell and no npx stand between.
 *
 * @throws BulkheadError `SDK_NOT_FOUND`, `TYPESCRIPT_UNSUPPORTED`, `SANDBOX_UNAVAILABLE`
 */
export function nodeCommand(runtime: NodeRuntime, start: NodeStart, { sdk }: NodeOptions): InstanceCommand {
  const { spec, environment, channels, variables } = start;
  const { node, prefix } = runtime;
  if (start.confinement.scratch !== undefined)
    throw new BulkheadError('SANDBOX_UNAVAILABLE', {
      plugin: spec.id,
      reason: 'this version of Bulkhead keeps no plugin of Node to `permissions`',
    });
  const options: Readonly<Record<string, string | undefined>> = {
    plugin: spec.id,
    folder: spec.folder,
    'entry-point': spec.launch.entryPoint.file,
    prefix,
    environment: environment.identity,
    endpoint: channels.endpoint,
    lifeline: channels.lifeline,
  };
  const written = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  return {
    file: node.executable,
    args: [...flagsFor(spec, runtime), join(sdk(), 'plugin-sdk', 'bootstrap.js'), ...written],
    env: nodePluginVariables(variables, spec.launch, prefix),
  };
}

function flagsFor({ id, launch }: PluginSpec, { node }: NodeRuntime): readonly string[] {
  const { file = '' } = launch.entryPoint;
  const flags = flagsToStripTypes(node.version);
  if (flags === undefined && isTypeScript(file))
    throw new BulkheadError('TYPESCRIPT_UNSUPPORTED', { plugin: id, file, version: node.version, origin: node.origin });
  return flags ?? [];
}
