import { existsSync } from 'node:fs';
import type { PythonImageRuntime } from '../../environment/ready-environment.ts';
import {
  ACCELERATOR_INSIDE,
  BYTECODE_INSIDE,
  BYTECODE_NAME,
  DEBUGGER_INSIDE,
  type Mount,
  PLUGIN_INSIDE,
  SDK_INSIDE,
} from '../../engine/inside.ts';
import { containerVariables } from '../container-variables.ts';
import type { ContainerCommand } from '../instance-command.ts';
import { variablesOfHost } from '../own-command.ts';
import { bootstrapOptions, type PythonOptions, type PythonStart } from './command.ts';
import { relayArguments } from './relay-program.ts';

/**
 * Starts a Python plugin in a container, as its image's own `python3 plugin.py` would: with `site`, and with the variables of
 * the image. The SDK is the host's, mounted; with `image_command` all of it is the image's.
 */
export async function pythonInContainer(
  runtime: PythonImageRuntime,
  start: PythonStart,
  { sdk, accelerator, debugger: debug }: PythonOptions,
): Promise<ContainerCommand> {
  const { spec, variables } = start;
  const { python, bytecode } = runtime;
  const relay = (port: number): readonly string[] => [python.executable, ...relayArguments(port)];
  const env = containerVariables(runtime, spec, variables);
  if (spec.launch.imageCommand)
    return { program: undefined, relay, mounts: [], env: { ...env, ...hostVariables(start) } };
  const folder = runtime.folder ?? PLUGIN_INSIDE;
  const codec = runtime.libc === undefined ? undefined : await accelerator?.(python, runtime.libc);
  const mounts: readonly Mount[] = [
    { source: sdk, target: SDK_INSIDE },
    ...(bytecode === undefined ? [] : [{ source: bytecode, target: BYTECODE_INSIDE }]),
    ...(codec === undefined ? [] : [{ source: codec, target: ACCELERATOR_INSIDE }]),
    ...(debug !== undefined && existsSync(debug) ? [{ source: debug, target: DEBUGGER_INSIDE }] : []),
    ...(runtime.folder === undefined ? [{ source: spec.folder, target: PLUGIN_INSIDE }] : []),
  ];
  const options = bootstrapOptions(start, {
    folder,
    bytecode: bytecode === undefined ? undefined : `${BYTECODE_INSIDE}/${BYTECODE_NAME}`,
    accelerator: codec === undefined ? undefined : ACCELERATOR_INSIDE,
  });
  const args = [`${SDK_INSIDE}/plugin_sdk/bootstrap.py`, ...options];
  return { program: { file: python.executable, args, folder }, relay, env, mounts };
}

function hostVariables({ environment, channels, logLevel }: PythonStart): Readonly<Record<string, string>> {
  return { ...variablesOfHost(channels, logLevel), BULKHEAD_ENVIRONMENT: environment.identity };
}
