import type { NodeImageRuntime } from '../../environment/ready-environment.ts';
import { type Mount, PLUGIN_INSIDE, SDK_INSIDE } from '../../engine/inside.ts';
import { containerVariables } from '../container-variables.ts';
import type { ContainerCommand } from '../instance-command.ts';
import { bootstrapOptions, flagsFor, type NodeOptions, type NodeStart } from './command.ts';
import { relayArguments } from './relay-program.ts';

/**
 * Starts a plugin of Node in a container: the image's own Node, on the host's SDK, which is mounted. Packages are those of the image.
 *
 * @throws BulkheadError `SDK_NOT_FOUND`, `TYPESCRIPT_UNSUPPORTED`
 */
export function nodeInContainer(
  runtime: NodeImageRuntime,
  start: Omit<NodeStart, 'confinement' | 'pythonSdk'>,
  { sdk }: Pick<NodeOptions, 'sdk'>,
): ContainerCommand {
  const { spec, variables } = start;
  const { node, image, modules } = runtime;
  const folder = runtime.folder ?? PLUGIN_INSIDE;
  const mounts: readonly Mount[] = [
    { source: sdk(), target: SDK_INSIDE },
    ...(runtime.folder === undefined ? [{ source: spec.folder, target: PLUGIN_INSIDE }] : []),
  ];
  const args = [
    ...flagsFor(spec, node, image),
    `${SDK_INSIDE}/plugin-sdk/bootstrap.js`,
    ...bootstrapOptions(start, { folder, prefix: modules }),
  ];
  return {
    program: { file: node.executable, args, folder },
    relay: (port) => [node.executable, ...relayArguments(port)],
    env: containerVariables(runtime, spec, variables),
    mounts,
  };
}
