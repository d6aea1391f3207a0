import { existsSync } from 'node:fs';
import type { ContainerEngine, ContainerRequest, EngineFacts } from '../../engine/container-engine.ts';
import { ownLabels } from '../../engine/container-labels.ts';
import { EngineRefusal } from '../../engine/engine-connection.ts';
import { SOCKETS_INSIDE } from '../../engine/inside.ts';
import type { ImageRuntime } from '../../environment/ready-environment.ts';
import { asReason } from '../../errors/as-reason.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { ContainerCommand, InstanceChannels } from '../../languages/instance-command.ts';
import { Limit } from '../../lifecycle/limit.ts';
import { settlesWithin } from '../../lifecycle/wait.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { INSTANCE_MARK, type LedgerEntry } from '../ledger/ledger.ts';
import type { LaunchRequest, StartMode } from '../launcher.ts';
import { launchFailed } from '../process/launch-failed.ts';
import type { OutputCapture } from '../output-capture.ts';
import { type ContainerExit, containerExit } from './container-exit.ts';
import { ContainerInstance } from './container-instance.ts';
import { ContainerOutput } from './container-output.ts';
import { pluginProcess } from './plugin-process.ts';
import { containerRequest } from './container-request.ts';
import { exitOf, explainExit } from './describe-container.ts';
import type { ContainerStages } from './container-stages.ts';
import { SocketFolder } from './socket-folder.ts';

/** Its output comes by the engine, which may be a moment behind. */
const DRAIN_MILLISECONDS = 500;

export interface ContainerStart extends LaunchRequest {
  readonly runtime: ImageRuntime;
  readonly command: ContainerCommand;
  readonly start: StartMode;
}

/** The options of the bootstrap: it is given no descriptors, and connects to the host itself. */
export const CONTAINER_CHANNELS: InstanceChannels = {
  endpoint: `unix:${SOCKETS_INSIDE}`,
  lifeline: `unix:${SOCKETS_INSIDE}/lifeline`,
  descriptors: 3,
  isTemplate: false,
};

/**
 * Starts a container, and waits until the plugin in it has connected.
 *
 * @throws BulkheadError `PLUGIN_LAUNCH_FAILED`, `PLUGIN_START_TIMEOUT`, `PLUGIN_EXITED`, `MEMORY_LIMIT_EXCEEDED`,
 * `IMAGE_NOT_FOUND`, `LIMIT_UNAVAILABLE`, and as the engine; or the signal's reason
 */
export async function startContainer(wanted: ContainerStart, stages: ContainerStages): Promise<ContainerInstance> {
  const { spec, signal, runtime } = wanted;
  const milliseconds = spec.calls.timeouts.start;
  const limit = new AbortController();
  const timer = new Limit(milliseconds, () =>
    limit.abort(new BulkheadError('PLUGIN_START_TIMEOUT', { plugin: spec.id, milliseconds })),
  );
  const entry = stages.processes.open();
  try {
    return await start(wanted, entry, stages, AbortSignal.any([signal, limit.signal]));
  } catch (error) {
    entry.remove();
    throw explained(error, spec, runtime);
  } finally {
    timer.clear();
  }
}

async function start(
  wanted: ContainerStart,
  entry: LedgerEntry,
  stages: ContainerStages,
  signal: AbortSignal,
): Promise<ContainerInstance> {
  const engine = stages.containers.engine();
  const folder = await SocketFolder.open(wanted.spec.id, stages.containers.socketsOf(entry.mark));
  let id: string | undefined;
  try {
    const request = requestOf(wanted, entry, folder, await engine.facts(signal));
    requireSources(request, wanted.spec);
    id = await engine.create(nameOf(entry), request, signal);
    return await run({ wanted, entry, engine, id, folder }, stages, signal);
  } catch (error) {
    if (id !== undefined) stages.containers.remove(engine, id);
    throw error;
  } finally {
    await folder.close(); // who is to connect has connected
  }
}

interface Created {
  readonly wanted: ContainerStart;
  readonly entry: LedgerEntry;
  readonly engine: ContainerEngine;
  readonly id: string;
  readonly folder: SocketFolder;
}

async function run(
  { wanted, entry, engine, id, folder }: Created,
  { containers, processes }: ContainerStages,
  signal: AbortSignal,
): Promise<ContainerInstance> {
  const { spec, generation, start: mode } = wanted;
  const named = { generation, name: `container ${nameOf(entry)}` };
  // Both begin before the container does, or the first lines and a quick end would be missed.
  const streams = await ContainerOutput.attach(engine, id, signal);
  const output = processes.capture(spec, named, streams);
  const disconnected = new AbortController();
  let isRequested = false;
  const ended = containerExit(engine, id, disconnected.signal, () => isRequested);
  void ended.then(() => streams.ended());
  await engine.start(id, signal);
  const connected = await Promise.race([folder.accept(signal), ended]);
  if (!('lifeline' in connected)) throw await endedEarly(connected, output, spec);
  connected.lifeline.once('close', () => disconnected.abort());
  const plugin = await pluginProcess(engine, id, signal);
  const instance = new ContainerInstance({
    plugin: spec.id,
    identity: plugin === undefined ? named : { ...named, process: plugin },
    engine,
    id,
    sockets: connected,
    output,
    ended,
    limits: spec.launch.resources,
    requested: () => (isRequested = true),
  });
  containers.watch(id, () => instance.ranOutOfMemory());
  void instance.exited.then(() => containers.remove(engine, id));
  const facts = { role: 'instance', generation, container: nameOf(entry), start: mode } as const;
  if (plugin !== undefined) processes.adopt({ identity: plugin, entry, ended }, spec, facts);
  else void ended.then(() => entry.remove());
  return instance;
}

function requestOf(
  { spec, generation, runtime, command }: ContainerStart,
  entry: LedgerEntry,
  folder: SocketFolder,
  facts: EngineFacts,
): ContainerRequest {
  return containerRequest(
    {
      spec,
      runtime,
      command: { ...command, env: { ...command.env, [INSTANCE_MARK]: entry.mark } },
      mounts: [{ source: folder.path, target: SOCKETS_INSIDE }],
      labels: ownLabels(spec.id, { 'bulkhead.role': 'instance', 'bulkhead.generation': String(generation) }),
    },
    facts,
  );
}

/** As the ledger's entry is named, so that either leads to the other. */
function nameOf({ mark }: LedgerEntry): string {
  return `bulkhead-${mark}`;
}

/** It ended before it had connected. */
async function endedEarly(
  container: ContainerExit,
  output: OutputCapture,
  { id, launch }: PluginSpec,
): Promise<BulkheadError> {
  await settlesWithin(output.drained, DRAIN_MILLISECONDS);
  const exit = { ...exitOf(container), requested: undefined };
  const known = { plugin: id, memoryLimit: launch.resources.memory, ranOut: false };
  const { ending, hints, failure } = explainExit(exit, container, known);
  const context = { plugin: id, lastLines: output.lastLines };
  if (failure !== undefined) return failure.within(context);
  return new BulkheadError(
    'PLUGIN_EXITED',
    { plugin: id, reason: asReason([ending, ...hints].join('. ')) },
    { context },
  );
}

function explained(error: unknown, { id, launch }: PluginSpec, { image }: ImageRuntime): unknown {
  if (!(error instanceof EngineRefusal)) return error;
  if (error.status === 404 && /no such image/i.test(error.message))
    return new BulkheadError('IMAGE_NOT_FOUND', { plugin: id, image }, { cause: error });
  return launchFailed(id, error, cureOf(error.message, launch));
}

/** An engine may refuse a folder that is missing, or make it. */
function requireSources(request: ContainerRequest, { id, folder }: PluginSpec): void {
  const missing = request.HostConfig.Mounts.map(({ Source }) => Source).find((path) => !existsSync(path));
  if (missing === undefined) return;
  const cure =
    missing === folder
      ? 'The image has no such plugin in its WORKDIR, and this machine has no such folder: mend `path`, or the image.'
      : 'Make it, or take it out of `permissions`.';
  throw launchFailed(id, new Error(`${missing} does not exist`), cure);
}

function cureOf(refusal: string, { resources }: PluginSpec['launch']): string {
  if (/memory limit/i.test(refusal) && resources.memory !== undefined)
    return 'Change `resources.memory` of the plugin in the registry.';
  return 'The container engine refused it: its own log (`journalctl -u docker`) may say more.';
}
