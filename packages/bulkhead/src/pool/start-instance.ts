import type { LogLine } from '../session/call-reports.ts';
import { BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import { asReason } from '../errors/as-reason.ts';
import type { InstanceIdentity, RunningInstance } from '../launcher/running-instance.ts';
import type { HideSecrets } from '../lifecycle/hide-secrets.ts';
import { Limit } from '../lifecycle/limit.ts';
import { settlesWithin } from '../lifecycle/wait.ts';
import type { WorkInFlight } from '../lifecycle/work-in-flight.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import type { LeaseHandler } from '../session/call-leases.ts';
import type { HostCallHandler } from '../session/host-calls.ts';
import type { CallReceiver } from '../session/call-receiver.ts';
import { type OpenSession, Session } from '../session/session.ts';
import type { Transport } from '../transport/transport.ts';
import { explainConfinement } from './explain-confinement.ts';
import type { PoolObserver } from './pool-observer.ts';
import { shownIdentity } from './shown-identity.ts';
import { SupervisedInstance } from './supervised-instance.ts';
import { underEither } from '../lifecycle/under-either.ts';

/** An instance whose start failed exits soon, and its exit says more. */
const EXIT_MILLISECONDS = 1_000;

/** Where a pool gets instances: the manager makes it, which alone knows environments, launchers and transports. */
export interface InstanceSource {
  /**
   * Makes the environment ready, and waits for a place among the starts of the host.
   *
   * @returns a function that gives the place back; to be called when this instance has started or failed
   */
  admit(signal: AbortSignal): Promise<() => void>;
  /** Starts a process in the environment. */
  launch(generation: number, signal: AbortSignal): Promise<RunningInstance>;
  connect(instance: RunningInstance): Transport;
  log(instance: InstanceIdentity, call: number, log: LogLine): void;
  /** Adds what its files tell to the error of a failed start. */
  explain(error: unknown): Promise<unknown>;
  /** For the secrets that the plugin was given, in what it says. */
  readonly hide: HideSecrets;
  /** Gets what each instance says of itself and of the plugin, when it is ready. */
  introduced(instance: RunningInstance, said: Pick<OpenSession, 'hello' | 'ready'>): void;
  /** Runs the plugin's calls of other plugins. */
  readonly hostCall: HostCallHandler<CallReceiver>;
  /** Waits for the resources that the plugin asks for. */
  readonly lease: LeaseHandler<CallReceiver>;
}

export interface StartOptions {
  readonly spec: PluginSpec;
  readonly source: InstanceSource;
  readonly observer: PoolObserver;
  readonly work: WorkInFlight;
  readonly generation: number;
}

/**
 * Launches an instance and waits until it is ready; one that fails is gone when this rejects.
 *
 * @throws BulkheadError of the environment or launch, `PLUGIN_START_TIMEOUT`, `PLUGIN_EXITED`, `PLUGIN_IMPORT_FAILED`,
 * `PLUGIN_INVALID`, `PLUGIN_INITIALIZE_FAILED`, `PROTOCOL_MISMATCH`; or the signal's reason.
 */
export async function startInstance(options: StartOptions, signal: AbortSignal): Promise<SupervisedInstance> {
  try {
    return await start(options, signal);
  } catch (error) {
    const explained = isBulkheadError(error) ? explainConfinement(error, options.spec.launch) : error;
    throw await options.source.explain(explained);
  }
}

async function start(options: StartOptions, signal: AbortSignal): Promise<SupervisedInstance> {
  const { spec, source, observer, work, generation } = options;
  const startedAt = performance.now(); // a container engine takes most of the time of a start
  const running = await source.launch(generation, signal);
  const transport = source.connect(running);
  try {
    const open = await greet(options, running, transport, signal);
    const startDuration = performance.now() - startedAt;
    source.introduced(running, open);
    observer.instanceStarted(spec.id, running.identity, startDuration);
    return new SupervisedInstance({ spec, running, open, observer, work, startDuration });
  } catch (error) {
    const explained = await explainStart(error, spec.id, running);
    await running.stop('kill', 0);
    await transport[Symbol.asyncDispose]();
    const { limit } = await running.diagnose();
    if (limit !== undefined) observer.limitReached(spec.id, running.identity, limit);
    observer.instanceEnded(spec.id, running.identity, 'failed', (explained as Error).message);
    throw explained;
  }
}

async function greet(
  options: StartOptions,
  running: RunningInstance,
  transport: Transport,
  signal: AbortSignal,
): Promise<OpenSession> {
  const { spec, source, generation } = options;
  const limit = new AbortController();
  const milliseconds = spec.calls.timeouts.start;
  const timer = new Limit(milliseconds, () =>
    limit.abort(new BulkheadError('PLUGIN_START_TIMEOUT', { plugin: spec.id, milliseconds })),
  );
  // Another process may hold the connection open: then the exit of this one ends the wait.
  void running.exited.then(async () => {
    if (!(await settlesWithin(transport.closed, EXIT_MILLISECONDS))) await transport[Symbol.asyncDispose]();
  });
  const session = {
    plugin: spec.id,
    generation,
    configuration: spec.configuration,
    concurrency: spec.calls.concurrency,
    limits: spec.calls.limits,
    log: (call: number, log: LogLine) => source.log(running.identity, call, log),
    hide: source.hide,
    hostCall: source.hostCall,
    lease: source.lease,
    gone: running.exited,
    // a program that a command starts does not know of its gates: it would not run if they were open
    confined: spec.launch.confined && spec.launch.command === undefined && spec.environment.kind !== 'node',
    isolated: spec.launch.isolated && spec.launch.command === undefined,
  };
  try {
    return await underEither([signal, limit.signal], (either) => Session.open(transport, session, either));
  } finally {
    timer.clear();
  }
}

/** Adds what the instance wrote, and how it ended, to the error of a failed start. */
async function explainStart(error: unknown, plugin: string, running: RunningInstance): Promise<unknown> {
  if (!isBulkheadError(error)) return error;
  if (error.code === 'MANAGER_CLOSED') return error;
  const hasRaised = error.code === 'PLUGIN_IMPORT_FAILED' || error.code === 'PLUGIN_INITIALIZE_FAILED';
  const said = `${error.message}\n${error.context.remoteTraceback ?? ''}`;
  const hit = hasRaised ? await running.overrun?.(said) : undefined;
  if (hit !== undefined) return new BulkheadError(hit.code, hit.details, { cause: error, context: error.context });
  const isOver = error.code !== 'PLUGIN_START_TIMEOUT' && (await settlesWithin(running.exited, EXIT_MILLISECONDS));
  const holder = error.code === 'PLUGIN_START_TIMEOUT' ? await running.heldBy?.() : undefined;
  const diagnosis = await running.diagnose();
  const context = { plugin, instance: shownIdentity(running.identity), lastLines: diagnosis.lastLines };
  if (holder !== undefined) return late(error, holder).within(context);
  if (!isOver || error.code !== 'PLUGIN_DISCONNECTED') return error.within(context);
  const reason = asReason([diagnosis.ending, ...diagnosis.hints].join('. '));
  if (diagnosis.failure !== undefined) return diagnosis.failure.within(context);
  return new BulkheadError('PLUGIN_EXITED', { plugin, reason }, { context });
}

function late(error: BulkheadError, reason: string): BulkheadError {
  const { plugin, milliseconds } = error.details as BulkheadError<'PLUGIN_START_TIMEOUT'>['details'];
  return new BulkheadError('PLUGIN_START_TIMEOUT', { plugin, milliseconds, reason }, { cause: error });
}
