import type { LogPayload } from '@bulkhead/protocol';
import type { LogLine } from '../session/call-reports.ts';
import type { HookConsequence, HookObserver } from '../hooks/hook-observer.ts';
import type { InstanceIdentity, OutputLine } from '../launcher/running-instance.ts';
import type { OrphanedProcess } from '../launcher/ledger/sweep-ledger.ts';
import type { Health } from '../pool/instance-health.ts';
import type { CallOutcome, InstanceEnding, PoolObserver, ReloadOutcome } from '../pool/pool-observer.ts';
import { type GuardedLogger, guardedLogger } from './guarded-logger.ts';
import { visibleLine } from '../lifecycle/visible-text.ts';
import type { HostLogger } from './host-logger.ts';
import { levelOf } from './logger-level.ts';

const LONGEST_HOST = 300;

/** Writes what happens to plugins, and what they say, as log lines tagged with plugin, instance and call. */
export class EventLog implements Omit<PoolObserver, 'startBegan' | 'environmentProgress'>, HookObserver {
  readonly #logger: GuardedLogger;
  readonly #level: () => LogPayload['level'];

  /** @param logger the application's, or one made by `standardErrorLog` */
  constructor(logger: HostLogger) {
    this.#logger = guardedLogger(logger);
    this.#level = () => levelOf(logger);
  }

  /** From which on the log takes lines now. */
  get level(): LogPayload['level'] {
    return this.#level();
  }

  /** A line that an instance printed. `call` is known if only one was running. */
  output(plugin: string, instance: InstanceIdentity, call: number | undefined, line: OutputLine): void {
    this.#logger.info(
      { ...tags(plugin, instance), ...(call === undefined ? {} : { call }), stream: line.stream },
      line.text,
    );
  }

  /** A record that an instance logged, through its context or its language's own way. */
  record(
    plugin: string,
    instance: InstanceIdentity,
    call: number,
    { level, message, logger, fields, traceback, traceparent }: LogLine,
  ): void {
    this.#logger[level](
      {
        ...tags(plugin, instance),
        stream: 'log',
        ...(call === 0 ? {} : { call }),
        ...(traceparent === undefined ? {} : { traceparent }),
        ...(logger === undefined ? {} : { logger }),
        ...(fields === undefined ? {} : { fields }),
        ...(traceback === undefined ? {} : { traceback }),
      },
      message,
    );
  }

  callEnded(plugin: string, action: string, outcome: CallOutcome, duration: number): void {
    if (outcome !== 'ok')
      this.#logger.debug({ plugin, action, outcome, milliseconds: Math.round(duration) }, 'call failed');
  }

  callRetried(plugin: string, action: string): void {
    this.#logger.info({ plugin, action }, 'call sent again');
  }

  environmentReady(plugin: string, built: boolean, duration: number): void {
    this.#logger.info({ plugin, built, milliseconds: Math.round(duration) }, 'environment ready');
  }

  environmentFailed(plugin: string, error: Error): void {
    this.#logger.error({ plugin, error: error.message }, 'environment failed');
  }

  instanceStarted(plugin: string, instance: InstanceIdentity, duration: number): void {
    this.#logger.info({ ...tags(plugin, instance), milliseconds: Math.round(duration) }, 'instance ready');
  }

  instanceForced(plugin: string, instance: InstanceIdentity, overdue: string): void {
    this.#logger.warn(tags(plugin, instance), `instance ended by force: ${overdue}; what it had not written is lost`);
  }

  limitReached(): void {
    // the description of its end says so
  }

  instanceEnded(plugin: string, instance: InstanceIdentity, ending: InstanceEnding, description: string): void {
    this.#logger[ON_PURPOSE.has(ending) ? 'info' : 'warn'](
      { ...tags(plugin, instance), ending },
      `instance ended: ${description}`,
    );
  }

  cacheUnused(plugin: string, actions: readonly string[]): void {
    const said =
      'the registry says how answers are kept of actions that the plugin does not declare pure: none are kept';
    this.#logger.warn({ plugin, actions }, said);
  }

  cacheStreams(plugin: string, action: string): void {
    const said = 'an action that is declared pure answers with a stream: its answers are not kept from now on';
    this.#logger.warn({ plugin, action }, said);
  }

  /** The proxy of a plugin was asked for a host that its entry does not list. */
  hostDenied(plugin: string, host: string): void {
    const said = 'wanted to reach a host that `permissions: { network: [...] }` does not list';
    this.#logger.warn({ plugin, host: visibleLine(host, LONGEST_HOST) }, said);
  }

  fellBack(plugin: string, reason: string): void {
    this.#logger.warn({ plugin }, `runs in a process of its own from now on: ${reason}`);
  }

  /** Processes of a killed host that this host has ended. */
  swept(ended: readonly OrphanedProcess[]): readonly OrphanedProcess[] {
    for (const { plugin, pid } of ended)
      this.#logger.warn({ plugin, instance_pid: pid }, 'ended a process that a killed host had left running');
    return ended;
  }

  notSwept(error: Error): readonly OrphanedProcess[] {
    this.#logger.warn({ error: error.message }, 'could not look for what a killed host may have left running');
    return [];
  }

  healthChanged(plugin: string, instance: InstanceIdentity, health: Health, before: Health): void {
    if (health === 'dead') return; // `instanceEnded` logs it
    const isBad = health === 'blocked' || health === 'silent';
    const wasBad = before === 'blocked' || before === 'silent';
    this.#logger[isBad ? 'warn' : wasBad ? 'info' : 'debug'](
      { ...tags(plugin, instance), health },
      `instance is ${health}`,
    );
  }

  hooksRan(): void {
    // too many; see the metrics
  }

  hookFailed(event: string, hook: string, error: Error, consequence: HookConsequence): void {
    const callerKnows = consequence === 'chain_failed'; // its run rejects
    this.#logger[callerKnows ? 'debug' : 'warn']({ event, hook, consequence, error: error.message }, 'hook failed');
  }

  hookVetoed(event: string, hook: string, reason: string): void {
    this.#logger.info({ event, hook, reason }, 'hook stopped the chain');
  }

  /** A plugin may have hooks of an event that takes place without them. */
  hooksLeftOut(plugin: string, event: string, reason: string): void {
    this.#logger.warn({ plugin, event }, `takes no part in event "${event}": ${reason}`);
  }

  restartDelayed(plugin: string, delay: number): void {
    this.#logger.info({ plugin, milliseconds: Math.round(delay) }, 'next start delayed');
  }

  reloadEnded(plugin: string, outcome: ReloadOutcome, duration: number, description: string): void {
    const isDone = outcome === 'reloaded';
    this.#logger[isDone ? 'info' : 'error'](
      { plugin, outcome, milliseconds: Math.round(duration) },
      isDone ? `reloaded: ${description}` : `not reloaded: ${description}`,
    );
  }
}

const ON_PURPOSE: ReadonlySet<InstanceEnding> = new Set(['stopped', 'unloaded', 'recycled', 'reloaded'] as const);

/** `pid` is the name that pino gives the host's own. */
function tags(
  plugin: string,
  { generation, process }: InstanceIdentity,
): { plugin: string; instance: number; instance_pid?: number } {
  return { plugin, instance: generation, ...(process === undefined ? {} : { instance_pid: process.pid }) };
}
