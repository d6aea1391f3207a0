import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  NodeInterpreter,
  NodeRuntime,
  PythonInterpreter,
  ReadyEnvironment,
} from '../../environment/ready-environment.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { confinedVariables, nodePluginVariables, withPrograms } from '../../lifecycle/process-variables.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { Confinement, InstanceChannels, InstanceCommand } from '../instance-command.ts';
import { isTypeScript } from '../../requirements/type-stripping.ts';
import { gatekept } from '../gatekept.ts';
import { proxyFor, sandboxPolicy } from '../sandbox-policy.ts';
import { flagsToStripTypes } from './type-stripping.ts';

export interface NodeOptions {
  /** The folder that holds `plugin-sdk`: asked for when the first such plugin starts. @throws BulkheadError `SDK_NOT_FOUND` */
  readonly sdk: () => string;
  /** Finds what closes the gates of a sandbox before Node takes its place. @throws BulkheadError `SANDBOX_UNAVAILABLE` */
  readonly gatekeeper: (plugin: string) => Promise<PythonInterpreter>;
}

export interface NodeStart {
  readonly spec: PluginSpec;
  readonly environment: ReadyEnvironment;
  readonly confinement: Confinement;
  readonly channels: InstanceChannels;
  /** The host's environment variables. */
  readonly variables: NodeJS.ProcessEnv;
  /** The folder that holds `plugin_sdk`, whose bootstrap closes gates. */
  readonly pythonSdk: string;
}

/** Debian's Node keeps modules of its own there. */
const MODULES_OF_DEBIAN = '/usr/share/nodejs';

/**
 * Starts a plugin in JavaScript or TypeScript: Node, on the bootstrap of our SDK, which loads the plugin with the packages of its
 * environment. No shell and no npx stand between. One with permissions, or limits that a process has to set for itself, is begun by
 * the bootstrap of the Python SDK, which closes the gates and becomes Node.
 *
 * @throws BulkheadError `SDK_NOT_FOUND`, `TYPESCRIPT_UNSUPPORTED`, `SANDBOX_UNAVAILABLE`
 */
export async function nodeCommand(
  runtime: NodeRuntime,
  start: NodeStart,
  options: NodeOptions,
): Promise<InstanceCommand> {
  const { spec, variables, confinement, channels } = start;
  const { node, prefix } = runtime;
  const sdk = options.sdk();
  const args = [
    ...flagsFor(spec, node),
    join(sdk, 'plugin-sdk', channels.runs === 'group' ? 'group.js' : 'bootstrap.js'),
    ...bootstrapOptions(start, { folder: spec.folder, prefix }),
  ];
  const { scratch } = confinement;
  const proxy = proxyFor(spec);
  const env =
    scratch === undefined
      ? nodePluginVariables(variables, spec.launch, prefix)
      : withPrograms(prefix, confinedVariables(variables, spec.launch, { prefix: undefined, scratch, proxy }));
  if (scratch === undefined && !limitsItself(spec)) return { file: node.executable, args, env };
  const policy = sandboxPolicy(start, [
    sdk,
    await realpath(sdk),
    node.executable,
    ...(existsSync(MODULES_OF_DEBIAN) ? [MODULES_OF_DEBIAN] : []),
  ]);
  return {
    joinsGroups: true,
    ...gatekept(await options.gatekeeper(spec.id), start.pythonSdk, {
      program: node.executable,
      args,
      policy,
      // else `fetch` would not take the only way out
      variables: proxy === undefined ? {} : { NODE_USE_ENV_PROXY: '1' },
      descriptors: channels.descriptors,
      lifeline: channels.lifeline,
    }),
    env,
  };
}

/** Whether it has limits that a process sets for itself, before it becomes Node. */
function limitsItself({ launch: { resources, sandbox } }: PluginSpec): boolean {
  return sandbox !== 'off' && (resources.files !== undefined || resources.cpu !== undefined);
}

/** What the bootstrap is told of places, as the plugin's process sees them; see the SDK's options.ts. */
interface Places {
  readonly folder: string;
  readonly prefix: string | undefined;
}

/** Arguments of the SDK's bootstrap. */
export function bootstrapOptions(
  { spec, environment, channels }: Pick<NodeStart, 'spec' | 'environment' | 'channels'>,
  places: Places,
): readonly string[] {
  const { endpoint, lifeline, runs } = channels;
  const ofPlugin = runs === 'group' ? {} : { ...pluginOptions(spec, environment, places), endpoint };
  return Object.entries(written({ ...ofPlugin, lifeline })).flat();
}

/** What a group is told of a plugin that is to begin in it. @throws BulkheadError `TYPESCRIPT_UNSUPPORTED` */
export function nodeMemberOptions(
  spec: PluginSpec,
  { node, prefix }: NodeRuntime,
  environment: Pick<ReadyEnvironment, 'identity'>,
): Readonly<Record<string, string>> {
  flagsFor(spec, node); // the group was started for another plugin, perhaps
  const { memory } = spec.launch.resources ?? {};
  return written({
    ...pluginOptions(spec, environment, { folder: spec.folder, prefix }),
    memory: memory === undefined ? undefined : String(memory),
  });
}

type Options = Readonly<Record<string, string | undefined>>;

function pluginOptions(
  { id, launch }: PluginSpec,
  { identity }: Pick<ReadyEnvironment, 'identity'>,
  places: Places,
): Options {
  return { plugin: id, ...places, 'entry-point': launch.entryPoint.file, environment: identity };
}

function written(options: Options): Record<string, string> {
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [[`--${name}`, value]])),
  );
}

/** @param image that the Node is in. @throws BulkheadError `TYPESCRIPT_UNSUPPORTED` */
export function flagsFor({ id, launch }: PluginSpec, node: NodeInterpreter, image?: string): readonly string[] {
  const { file = '' } = launch.entryPoint;
  const flags = flagsToStripTypes(node.version);
  if (flags === undefined && isTypeScript(file))
    throw new BulkheadError('TYPESCRIPT_UNSUPPORTED', {
      plugin: id,
      file,
      version: node.version,
      origin: node.origin,
      image,
    });
  return flags ?? [];
}
