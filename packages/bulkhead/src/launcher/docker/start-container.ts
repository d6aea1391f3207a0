import { existsSync } from 'node:fs';
import type { ContainerEngine, ContainerRequest, EngineFacts } from '../../engine/container-engine.ts';
import { ownLabels } from '../../engine/container-labels.ts';
import { EngineRefusal } from '../../engine/engine-connection.ts';
import { SOCKETS_INSIDE } from '../../engine/inside.ts';
import type { ImageRuntime } from '../../environment/ready-environment.ts';
import { asReason } from '../../errors/as-reason.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { ContainerCommand } from '../../languages/instance-command.ts';
import { Limit } from '../../lifecycle/limit.ts';
import { settlesWithin } from '../../lifecycle/wait.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { INSTANCE_MARK, type LedgerEntry } from '../ledger/ledger.ts';
import type { LaunchRequest } from '../launcher.ts';
import { launchFailed } from '../process/launch-failed.ts';
import type { OutputCapture } from '../output-capture.ts';
import { type ContainerExit, containerExit } from './container-exit.ts';
import type { ContainerParts } from './container-instance.ts';
import { ContainerOutput } from './container-output.ts';
import { pluginProcess } from './plugin-process.ts';
import { containerRequest } from './container-request.ts';
import { exitOf, explainExit } from './describe-container.ts';
import type { ContainerStages } from './container-stages.ts';
import { type ContainerSockets, SocketFolder } from './socket-folder.ts';
import { underEither } from '../../lifecycle/under-either.ts';

/** Its output comes by the engine, which may be a moment behind. */
const DRAIN_MILLISECONDS = 500;

export interface ContainerStart<Name extends string> extends LaunchRequest {
  readonly runtime: ImageRuntime;
  readonly command: ContainerCommand;
  readonly role: 'instance' | 'template';
  /** Of the sockets that its process connects to, besides the lifeline. */
  readonly sockets: readonly Name[];
}

export interface StartedContainer<Name extends string> {
  readonly parts: ContainerParts;
  readonly sockets: ContainerSockets<Name | 'lifeline'>;
  readonly entry: LedgerEntry;
  /** That it sees; of a template it goes with it. */
  readonly folder: string;
}

/**
 * Starts a container, and waits until the plugin in it has connected.
 *
 * @throws BulkheadError `PLUGIN_LAUNCH_FAILED`, `PLUGIN_START_TIMEOUT`, `PLUGIN_EXITED`, `MEMORY_LIMIT_EXCEEDED`,
 * `IMAGE_NOT_FOUND`, `LIMIT_UNAVAILABLE`, and as the engine; or the signal's reason
 */
export async function startContainer<Name extends string>(
  wanted: ContainerStart<Name>,
  stages: ContainerStages,
): Promise<StartedContainer<Name>> {
  const { spec, signal } = wanted;
  const milliseconds = spec.calls.timeouts.start;
  const limit = new AbortController();
  const timer = new Limit(milliseconds, () =>
    limit.abort(
      unconnected(wanted, `it runs, and has not done so within ${milliseconds / 1_000} s`) ??
        new BulkheadError('PLUGIN_START_TIMEOUT', { plugin: spec.id, milliseconds }),
    ),
  );
  const entry = stages.processes.open();
  try {
    return await underEither([signal, limit.signal], (either) => start(wanted, entry, stages, either));
  } catch (error) {
    entry.remove();
    throw explained(error, wanted);
  } finally {
    timer.clear();
  }
}

async function start<Name extends string>(
  wanted: ContainerStart<Name>,
  entry: LedgerEntry,
  stages: ContainerStages,
  signal: AbortSignal,
): Promise<StartedContainer<Name>> {
  const engine = stages.containers.engine();
  const path = stages.containers.socketsOf(entry.mark);
  const folder = await SocketFolder.open(wanted.spec.id, path, [...wanted.sockets, 'lifeline'] as const);
  let id: string | undefined;
  try {
    const request = requestOf(wanted, entry, path, await engine.facts(signal));
    requireSources(request, wanted.spec);
    id = await engine.create(nameOf(entry), request, signal);
    const started = await run({ wanted, entry, engine, id, folder }, stages, signal);
    // Who is to connect has connected; forks of a template do later.
    if (wanted.role === 'template') void started.parts.ended.then(() => folder.close());
    else await folder.close();
    return started;
  } catch (error) {
    if (id !== undefined) stages.containers.remove(engine, id);
    await folder.close();
    throw error;
  }
}

interface Created<Name extends string> {
  readonly wanted: ContainerStart<Name>;
  readonly entry: LedgerEntry;
  readonly engine: ContainerEngine;
  readonly id: string;
  readonly folder: SocketFolder<Name | 'lifeline'>;
}

async function run<Name extends string>(
  { wanted, entry, engine, id, folder }: Created<Name>,
  { containers, processes }: ContainerStages,
  signal: AbortSignal,
): Promise<StartedContainer<Name>> {
  const { spec, generation } = wanted;
  const name = nameOf(entry);
  const named = { generation, name: `container ${name}` };
  // Both begin before the container does, or the first lines and a quick end would be missed.
  const streams = await ContainerOutput.attach(engine, id, signal);
  const output = processes.capture(spec, named, streams);
  const disconnected = new AbortController();
  let isRequested = false;
  const ended = containerExit(engine, id, disconnected.signal, () => isRequested);
  void ended.then(() => streams.ended());
  await engine.start(id, signal);
  const connected = await Promise.race([folder.accept(signal), ended]);
  if (!('lifeline' in connected)) throw await endedEarly(connected, output, wanted);
  const { lifeline } = connected as ContainerSockets<'lifeline'>;
  lifeline.once('close', () => disconnected.abort());
  const plugin = await pluginProcess(engine, id, entry.mark, spec.launch.imageCommand, signal);
  void ended.then(() => containers.remove(engine, id));
  const identity = plugin === undefined ? named : { ...named, process: plugin };
  const requested = (): void => void (isRequested = true);
  const { resources: limits } = spec.launch;
  return {
    parts: {
      plugin: spec.id,
      identity,
      name,
      engine,
      id,
      lifeline,
      output,
      ended,
      limits,
      relay: wanted.command.relay,
      requested,
    },
    sockets: connected,
    entry,
    folder: folder.path,
  };
}

function requestOf(
  { spec, generation, runtime, command, role }: ContainerStart<string>,
  entry: LedgerEntry,
  folder: string,
  facts: EngineFacts,
): ContainerRequest {
  return containerRequest(
    {
      spec,
      runtime,
      command: { ...command, env: { ...command.env, [INSTANCE_MARK]: entry.mark } },
      mounts: [{ source: folder, target: SOCKETS_INSIDE }],
      labels: ownLabels(spec.id, { 'bulkhead.role': role, 'bulkhead.generation': String(generation) }),
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
  wanted: ContainerStart<string>,
): Promise<BulkheadError> {
  const { id, launch } = wanted.spec;
  await settlesWithin(output.drained, DRAIN_MILLISECONDS);
  const exit = { ...exitOf(container), requested: undefined };
  const known = { plugin: id, memoryLimit: launch.resources.memory, ranOut: false };
  const { ending, hints, failure } = explainExit(exit, container, known);
  const context = { plugin: id, lastLines: output.lastLines };
  if (failure !== undefined) return failure.within(context);
  const reason = asReason([ending, ...hints].join('. '));
  return (
    unconnected(wanted, `it ${reason}`)?.within(context) ??
    new BulkheadError('PLUGIN_EXITED', { plugin: id, reason }, { context })
  );
}

/** Undefined where the host itself has started the plugin. */
function unconnected({ spec, runtime }: ContainerStart<string>, reason: string): BulkheadError | undefined {
  if (!spec.launch.imageCommand) return undefined;
  return new BulkheadError('IMAGE_COMMAND_UNCONNECTED', { plugin: spec.id, image: runtime.image, reason });
}

function explained(error: unknown, wanted: ContainerStart<string>): unknown {
  if (!(error instanceof EngineRefusal)) return error;
  const { id, launch } = wanted.spec;
  const { image } = wanted.runtime;
  const isWithout = /no command (?:specified|or entrypoint provided)/i.test(error.message); // Docker's words, and Podman's
  const withoutCommand = isWithout ? unconnected(wanted, 'it has none') : undefined;
  if (withoutCommand !== undefined) return withoutCommand;
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
