import { type HelloPayload, HOOKS_ACTION, type ReadyPayload } from '@bulkhead/protocol';
import { BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import { asReason } from '../errors/as-reason.ts';
import type { ExitInfo, InstanceIdentity, RunningInstance, Vitals } from '../launcher/running-instance.ts';
import { ExpiryTimer } from '../lifecycle/expiry-timer.ts';
import { Limit } from '../lifecycle/limit.ts';
import { isSameProcess } from '../lifecycle/process-identity.ts';
import { settlesWithin } from '../lifecycle/wait.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import type { CallInput } from '../session/call-input.ts';
import type { OpenSession, Session } from '../session/session.ts';
import { type Health, InstanceHealth } from './instance-health.ts';
import { type DebuggerAddress, type DebugRequest, letDebuggerAttach } from './instance-debugging.ts';
import { type CallHost, type CallOptions, PluginCall } from './plugin-call.ts';
import type { CallOutcome, InstanceEnding, PoolObserver } from './pool-observer.ts';
import { shownIdentity } from './shown-identity.ts';
import { Workload } from './workload.ts';

/** A process that is gone closes its sockets; where somebody else holds them open, they are not waited for. */
const CLOSE_MILLISECONDS = 500;

/** Why an instance goes though nothing is wrong with it. */
export type RetireReason = 'recycled' | 'unloaded' | 'reloaded';

/** For the calls of an instance that is being debugged, when it is stopped. */
const HELD_MILLISECONDS = 500;

export interface InstanceParts {
  readonly spec: PluginSpec;
  readonly running: RunningInstance;
  readonly open: OpenSession;
  readonly observer: PoolObserver;
  /** Milliseconds from spawn to ready. */
  readonly startDuration: number;
}

/** One instance that is ready: runs calls, gives up those that can't be had, and says how it ended. */
export class SupervisedInstance implements CallHost {
  readonly plugin: string;
  readonly startedAt: number = performance.now();
  readonly hello: HelloPayload;
  readonly ready: ReadyPayload;
  /** Calls that it runs at the same time. */
  readonly concurrency: number;
  readonly startDuration: number;
  /** Resolves when the instance is gone and its calls have been settled; never rejects. */
  readonly ended: Promise<InstanceEnding>;
  readonly #spec: PluginSpec;
  readonly #running: RunningInstance;
  readonly #open: OpenSession;
  readonly #session: Session;
  readonly #observer: PoolObserver;
  readonly #health: InstanceHealth;
  readonly #workload: Workload;
  readonly #idempotent: ReadonlySet<string>;
  /** The calls that somebody waits for. */
  readonly #limits = new ExpiryTimer<PluginCall>();
  readonly #graceTimers = new Set<Limit>();
  /** Why it was ended on purpose: an error for the calls that are lost with it. */
  #endedFor: ((action: string) => BulkheadError) | undefined;
  #ending: InstanceEnding | undefined;
  #accepting = true;
  #calls = 0;
  #stopping: Promise<void> | undefined;
  #retiring: RetireReason | undefined;
  #whenRoom: (() => void) | undefined;
  #debugger: DebuggerAddress | undefined;

  constructor({ spec, running, open, observer, startDuration }: InstanceParts) {
    this.plugin = spec.id;
    this.hello = open.hello;
    this.ready = open.ready;
    this.concurrency = open.concurrency;
    this.startDuration = startDuration;
    this.#spec = spec;
    this.#running = running;
    this.#open = open;
    this.#session = open.session;
    this.#observer = observer;
    this.#workload = new Workload(open.concurrency, [...Object.keys(open.ready.actions), HOOKS_ACTION]);
    this.#health = new InstanceHealth({
      vitals: () => this.vitals(),
      ping: () => open.session.ping(new AbortController().signal),
      changed: (health, before) => observer.healthChanged(spec.id, running.identity, health, before),
    });
    const actions = Object.entries(open.ready.actions);
    this.#idempotent = new Set(actions.filter(([, action]) => action.idempotent === true).map(([name]) => name));
    this.ended = this.#watch();
  }

  /** Whether calls may still be sent to it; once false, it is on its way out. */
  get accepting(): boolean {
    return this.#accepting && !this.#session.isLost;
  }

  /** Calls that it was sent and has not answered, those that were given up included. */
  get inFlight(): number {
    return this.#session.inFlight;
  }

  /** Calls that it was sent. */
  get calls(): number {
    return this.#calls;
  }

  get identity(): InstanceIdentity {
    return this.#running.identity;
  }

  get health(): Health {
    return this.#health.current;
  }

  /** Where a debugger can attach; undefined: it was not asked to let one. */
  get debugger(): DebuggerAddress | undefined {
    return this.#debugger;
  }

  /** The id of the one call that is running; undefined when there are none or several. */
  get onlyCall(): number | undefined {
    return this.#session.onlyCall;
  }

  /** Undefined where the system does not tell. */
  vitals(): Promise<Vitals | undefined> {
    return this.#running.vitals?.() ?? Promise.resolve(undefined);
  }

  /** Whether the plugin says that running an action twice does no harm. */
  isIdempotent(action: string): boolean {
    return this.#idempotent.has(action);
  }

  /** Whether it can begin another call at once. */
  get hasRoom(): boolean {
    return this.#workload.hasRoom(this.#session.inFlight);
  }

  /** Whether a call may be sent to it although it runs as many as it can: one that is known to be quick, among such. */
  mayTakeAhead(action: string): boolean {
    return this.#workload.mayTakeAhead(action, this.#session.inFlight);
  }

  /** Resolves when its control thread has answered. @throws BulkheadError `PLUGIN_DISCONNECTED`, or the signal's reason */
  ping(signal: AbortSignal): Promise<void> {
    return this.#session.ping(signal);
  }

  /**
   * Lets a debugger attach. From then on its calls have no time limits, and it is neither recycled nor unloaded: one who sits
   * at a breakpoint is no plugin that hangs.
   *
   * @throws BulkheadError `DEBUG_UNSUPPORTED`, `DEBUG_FAILED`, `PLUGIN_DISCONNECTED`; or the signal's reason
   */
  async debug(request: DebugRequest, signal: AbortSignal): Promise<DebuggerAddress> {
    const address = await letDebuggerAttach(this.plugin, this.#open, request, signal);
    this.#debugger = address;
    for (const timer of this.#graceTimers) timer.clear();
    return address;
  }

  /** `listener` hears each time that there is room for another call. */
  onRoom(listener: () => void): void {
    this.#whenRoom = listener;
  }

  /** @throws BulkheadError see `Session.call`, and what the plugin, a time limit or a crash make of the call. */
  call(action: string, input: CallInput, options: CallOptions): Promise<unknown> {
    const call = new PluginCall(this, action, options);
    if (this.#debugger !== undefined) call.liftLimits();
    this.#calls += 1;
    this.#health.callStarted();
    this.#workload.began(call, this.#session.inFlight);
    try {
      call.id = this.#session.call(action, input, call);
      this.#limits.add(call);
    } catch (error) {
      call.reject(error);
    }
    return call.promise;
  }

  /** Lets it finish what it was sent and clean up, within the spec's `stop` limit. */
  stop(): Promise<void> {
    this.#endedFor ??= () =>
      new BulkheadError('MANAGER_CLOSED', { what: `plugin "${this.plugin}" was stopped during the call` });
    this.#stopping ??= this.#stop('stopped');
    return this.#stopping;
  }

  /** Takes no new calls, and goes when it has finished its own: however long these take, each has its own limits. */
  retire(ending: RetireReason): void {
    if (this.#debugger !== undefined && ending !== 'reloaded') return;
    this.#accepting = false;
    this.#retiring ??= ending;
    this.#goWhenFree();
  }

  callStreams(call: PluginCall): void {
    if (this.#workload.streams(call)) this.#whenRoom?.();
  }

  callAnswered(call: PluginCall, isResult: boolean): void {
    this.#workload.answered(call, isResult);
    this.#goWhenFree();
    this.#whenRoom?.();
  }

  #goWhenFree(): void {
    if (this.#retiring !== undefined && this.#session.inFlight === 0) this.#stopping ??= this.#stop(this.#retiring);
  }

  async #stop(ending: InstanceEnding): Promise<void> {
    this.#accepting = false;
    this.#ending ??= ending;
    void this.#session.shutdown();
    // A call that a debugger holds would not end in any time.
    const isHeld = this.#debugger !== undefined && this.#session.inFlight > 0;
    await this.#running.stop('shutdown', isHeld ? HELD_MILLISECONDS : this.#spec.calls.timeouts.stop);
    await this.ended;
  }

  abandon(call: PluginCall): void {
    this.#session.cancel(call.id);
    this.#running.interrupt?.();
    if (this.#debugger === undefined) this.#giveGrace(call, this.#isBehindAnother(call));
  }

  /** An older call that somebody waits for is not to be lost because of one that may only be waiting for its turn behind it. */
  #giveGrace(call: PluginCall, isBehind: boolean): void {
    const timer = new Limit(this.#spec.calls.timeouts.cancelGrace, () => {
      this.#graceTimers.delete(timer);
      if (call.answered) return;
      const isStillBehind = this.#isBehindAnother(call);
      if (isBehind || isStillBehind) this.#giveGrace(call, isStillBehind);
      else this.#replace(call);
    });
    this.#graceTimers.add(timer);
  }

  /** Only where all places are taken by older calls a call can be waiting for its turn. */
  #isBehindAnother(call: PluginCall): boolean {
    let older = 0;
    for (const { id } of this.#limits.oldestFirst) {
      if (id >= call.id) return false;
      older += 1;
      if (older >= this.concurrency) return true;
    }
    return false;
  }

  async explain(error: unknown, action: string): Promise<unknown> {
    if (!isBulkheadError(error)) return error;
    const lost = error.code === 'PLUGIN_DISCONNECTED' || error.code === 'PROTOCOL_VIOLATION';
    if (lost && this.#endedFor !== undefined) return this.#endedFor(action);
    if (error.blame === 'user') return error;
    const exit = lost ? await this.#exitSoon() : undefined;
    const diagnosis = await this.#running.diagnose();
    const context = {
      plugin: this.plugin,
      action,
      instance: shownIdentity(this.identity),
      lastLines: diagnosis.lastLines,
    };
    if (exit === undefined || error.code === 'PROTOCOL_VIOLATION') return error.within(context);
    const reason = asReason([diagnosis.ending, ...diagnosis.hints].join('. '));
    return new BulkheadError('PLUGIN_CRASHED', { plugin: this.plugin, action, reason }, { context });
  }

  async activityDuring({ id, startedAt }: PluginCall): Promise<string | undefined> {
    if (this.#session.awaitsInput(id))
      return 'was waiting for the rest of its input, which the caller had still to give';
    return await this.#health.activitySince(startedAt);
  }

  callEnded(call: PluginCall, outcome: CallOutcome): void {
    const now = performance.now();
    this.#limits.delete(call);
    this.#health.callEnded(outcome === 'ok' || outcome === 'error', now);
    this.#observer.callEnded(this.plugin, call.action, outcome, now - call.startedAt);
  }

  /** The call did not end when it was told to: its instance goes, and the calls beside it are told why. */
  #replace(call: PluginCall): void {
    this.#accepting = false;
    this.#ending ??= 'replaced';
    const reason = `${call.action} did not end within ${this.#spec.calls.timeouts.cancelGrace} ms of being cancelled`;
    this.#endedFor ??= (action) => new BulkheadError('PLUGIN_REPLACED', { plugin: this.plugin, action, reason });
    void this.#running.stop('kill', 0);
  }

  async #watch(): Promise<InstanceEnding> {
    const first = await Promise.race([
      this.#running.exited.then(() => 'exit' as const),
      this.#session.closed.then(() => 'close' as const),
    ]);
    this.#accepting = false;
    if (first === 'exit') this.#health.ended();
    // Without its connection a process is of no use; without its process a connection has nothing more to say.
    if (first === 'close') await (this.#stopping !== undefined ? this.#running.exited : this.#exitSoon());
    else if (!(await settlesWithin(this.#session.closed, CLOSE_MILLISECONDS))) await this.#session.close();
    await this.#running.stop('kill', 0);
    this.#health.ended();
    this.#limits.close();
    for (const timer of this.#graceTimers) timer.clear();
    const { ending } = await this.#running.diagnose();
    this.#ending ??= 'crashed';
    this.#observer.instanceEnded(this.plugin, this.identity, this.#ending, ending);
    return this.#ending;
  }

  async #exitSoon(): Promise<ExitInfo | undefined> {
    if (await settlesWithin(this.#running.exited, CLOSE_MILLISECONDS)) return await this.#running.exited;
    // Of one that is gone we are still to be told how it ended: on a busy machine that takes its time.
    const { process } = this.identity;
    return process === undefined || isSameProcess(process) ? undefined : await this.#running.exited;
  }
}
