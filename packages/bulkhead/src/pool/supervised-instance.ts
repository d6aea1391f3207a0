import type { HelloPayload, ReadyPayload } from '@bulkhead/protocol';
import type { LimitHolders } from '../launcher/limits/limit-holders.ts';
import type { InstanceIdentity, RunningInstance, Vitals } from '../launcher/running-instance.ts';
import type { WorkInFlight } from '../lifecycle/work-in-flight.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import type { OpenSession } from '../session/session.ts';
import { explainConfinement } from './explain-confinement.ts';
import { InstanceCalls } from './instance-calls.ts';
import { type DebuggerAddress, type DebugRequest, letDebuggerAttach } from './instance-debugging.ts';
import { type InstanceEnd, InstanceExit, type RetireReason } from './instance-exit.ts';
import { type Health, InstanceHealth } from './instance-health.ts';
import type { PoolObserver } from './pool-observer.ts';

export interface InstanceParts {
  readonly spec: PluginSpec;
  readonly running: RunningInstance;
  readonly open: OpenSession;
  readonly observer: PoolObserver;
  readonly work: WorkInFlight;
  /** Milliseconds from asking the launcher for it until it was ready. */
  readonly startDuration: number;
}

/** How an instance started, and what it said of itself. */
export interface InstanceStart {
  /** By `performance.now()`. */
  readonly at: number;
  /** Milliseconds from asking the launcher for it until it was ready. */
  readonly duration: number;
  readonly hello: HelloPayload;
  readonly ready: ReadyPayload;
}

/** One instance that is ready. */
export class SupervisedInstance {
  readonly identity: InstanceIdentity;
  readonly start: InstanceStart;
  readonly calls: InstanceCalls;
  /** Resolves when the instance is gone and its calls have been settled; never rejects. */
  readonly ended: Promise<InstanceEnd>;
  readonly #parts: InstanceParts;
  readonly #health: InstanceHealth;
  readonly #exit: InstanceExit;
  #debugger: DebuggerAddress | undefined;

  constructor(parts: InstanceParts) {
    const { spec, running, open, observer, work, startDuration } = parts;
    const { session, hello, ready } = open;
    const plugin = spec.id;
    this.identity = running.identity;
    this.start = { at: performance.now(), duration: startDuration, hello, ready };
    this.#parts = parts;
    this.#health = new InstanceHealth({
      vitals: () => this.vitals(),
      ping: () => session.ping(new AbortController().signal),
      changed: (health, before) => observer.healthChanged(plugin, running.identity, health, before),
    });
    this.#exit = new InstanceExit({
      plugin,
      running,
      session,
      stopLimit: spec.calls.timeouts.stop,
      explain: (error) => explainConfinement(error, spec.launch),
      isHeld: () => this.#debugger !== undefined,
    });
    // Without a handler the signal would end the plugin.
    const isInterruptible = session.agreedOn('interrupt_signal');
    this.calls = new InstanceCalls({
      plugin,
      timeouts: spec.calls.timeouts,
      open,
      health: this.#health,
      exit: this.#exit,
      observer,
      work,
      interrupt: () => (isInterruptible ? running.interrupt?.() : undefined),
    });
    running.watchCalls?.(() => session.inFlight);
    running.onOutput?.(() => this.calls.touch());
    this.ended = this.#end();
  }

  /** Whether calls may still be sent to it; once false, it is on its way out. */
  get accepting(): boolean {
    return !this.#exit.hasBegun;
  }

  get health(): Health {
    return this.#health.current;
  }

  /** What holds each of its limits. */
  get limits(): LimitHolders {
    return this.#parts.running.limits ?? {};
  }

  /** Undefined where the system does not tell. */
  vitals(): Promise<Vitals | undefined> {
    return this.#parts.running.vitals?.() ?? Promise.resolve(undefined);
  }

  /** Resolves when its control thread has answered. @throws BulkheadError `PLUGIN_DISCONNECTED`, or the signal's reason */
  ping(signal: AbortSignal): Promise<void> {
    return this.#parts.open.session.ping(signal);
  }

  /** Where a debugger can attach; undefined: it was not asked to let one. */
  get debugger(): DebuggerAddress | undefined {
    return this.#debugger;
  }

  /**
   * Lets a debugger attach. From then on its calls have no time limits, and it is neither recycled nor unloaded: a plugin that
   * stands at a breakpoint does not hang.
   *
   * @throws BulkheadError `DEBUG_UNSUPPORTED`, `DEBUG_FAILED`, `PLUGIN_DISCONNECTED`; or the signal's reason
   */
  async debug(request: DebugRequest, signal: AbortSignal): Promise<DebuggerAddress> {
    const { spec, running, open } = this.#parts;
    this.#debugger = await letDebuggerAttach(spec.id, running, open, request, signal);
    this.calls.liftLimits();
    return this.#debugger;
  }

  /** Lets it finish its calls and clean up, within the spec's `stop` limit. */
  async stop(): Promise<void> {
    await this.#exit.stop();
    await this.ended;
  }

  /** Takes no new calls, and ends when it has finished its own, each under its own limits. */
  retire(reason: RetireReason): void {
    if (this.#debugger === undefined || reason === 'reloaded') this.#exit.retire(reason);
  }

  async #end(): Promise<InstanceEnd> {
    const { spec, observer, running } = this.#parts;
    void running.exited.then(() => this.#health.ended());
    const end = await this.#exit.over;
    this.#health.ended();
    this.calls.close();
    if (end.overdue !== undefined) observer.instanceForced(spec.id, this.identity, end.overdue);
    if (end.limit !== undefined) observer.limitReached(spec.id, this.identity, end.limit);
    observer.instanceEnded(spec.id, this.identity, end.ending, end.description);
    return end;
  }
}
