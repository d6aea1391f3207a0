import type { Socket } from 'node:net';
import { commandFor } from '../../languages/command-for.ts';
import type { Confinement, InstanceCommand } from '../../languages/instance-command.ts';
import type { LaunchRequest } from '../launcher.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { Endpoint, RunningInstance } from '../running-instance.ts';
import {
  channelsOf,
  SOCKETS,
  STANDARD_STREAMS,
  STANDARD_STREAMS_ONLY,
  type Wiring,
  withChannel,
} from './descriptors.ts';
import { ProcessInstance } from './process-instance.ts';
import { SpawningLauncher } from './spawning-launcher.ts';
import type { ProcessStages } from './process-stages.ts';

/** Starts each instance as a process of its own. */
export class ProcessLauncher extends SpawningLauncher {
  constructor(stages: ProcessStages) {
    super(stages, 'the registry asks for it');
  }

  protected async start(request: LaunchRequest): Promise<RunningInstance> {
    return await spawnInstance(request, this.stages);
  }
}

/** Spawns an instance with what its transport needs. @throws BulkheadError `PLUGIN_LAUNCH_FAILED` */
export async function spawnInstance(
  { environment, spec, generation, signal }: LaunchRequest,
  { processes, languages }: ProcessStages,
): Promise<RunningInstance> {
  signal.throwIfAborted();
  const wiring = withChannel(wiringFor(spec), spec);
  const command = (confinement: Confinement): Promise<InstanceCommand> =>
    commandFor({ environment, spec, confinement }, channelsOf(wiring), languages);
  const { sockets, ...parts } = await processes.spawn({ command, spec, generation, role: 'instance', wiring });
  return new ProcessInstance(endpointOf(wiring, sockets), parts);
}

function wiringFor({ launch: { transport, command } }: PluginSpec): Wiring {
  if (transport === 'socket') return SOCKETS;
  return command === undefined ? STANDARD_STREAMS : STANDARD_STREAMS_ONLY;
}

function endpointOf({ endpoint }: Wiring, [input, output, , data, control]: readonly Socket[]): Endpoint {
  const hasSockets = endpoint === SOCKETS.endpoint;
  if (hasSockets && data !== undefined && control !== undefined) return { kind: 'socket-pair', data, control };
  if (!hasSockets && input !== undefined && output !== undefined)
    return { kind: 'one-stream', readable: output, writable: input };
  throw new Error('the child was not given what it talks over');
}
