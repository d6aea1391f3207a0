import { HOOKS_ACTION } from '@bulkhead/protocol';
import { ExpiryTimer } from '../lifecycle/expiry-timer.ts';
import { Limit } from '../lifecycle/limit.ts';
import type { WorkInFlight } from '../lifecycle/work-in-flight.ts';
import type { PluginTimeouts } from '../registry/plugin-spec.ts';
import type { OpenSession } from '../session/session.ts';
import { type CallRequest, limitsOf } from './call-request.ts';
import type { InstanceExit } from './instance-exit.ts';
import type { InstanceHealth } from './instance-health.ts';
import { type CallHost, PluginCall } from './plugin-call.ts';
import type { CallOutcome, PoolObserver } from './pool-observer.ts';
import { Workload } from './workload.ts';

export interface InstanceCallsParts {
  readonly plugin: string;
  readonly timeouts: PluginTimeouts;
  readonly open: OpenSession;
  readonly health: InstanceHealth;
  readonly exit: InstanceExit;
  readonly observer: PoolObserver;
  readonly work: WorkInFlight;
  /** Wakes the plugin's code where that is possible, after a CANCEL. */
  interrupt(): void;
}

/** The calls of one instance: sends them, enforces their limits, and replaces the instance if a cancelled one does not end. */
export class InstanceCalls implements CallHost {
  readonly plugin: string;
  /** How many it runs at the same time. */
  readonly concurrency: number;
  readonly #parts: InstanceCallsParts;
  readonly #workload: Workload;
  readonly #idempotent: ReadonlySet<string>;
  /** The calls that have not been settled. */
  readonly #limits = new ExpiryTimer<PluginCall>();
  /** Of the calls that were cancelled and have not ended. */
  readonly #graces = new Map<PluginCall, Limit>();
  #sent = 0;
  /** The id of the last one that was sent. */
  #newest = 0;
  #isUnlimited = false;
  #whenRoom: (() => void) | undefined;

  constructor(parts: InstanceCallsParts) {
    const { concurrency, ready } = parts.open;
    this.plugin = parts.plugin;
    this.concurrency = concurrency;
    this.#parts = parts;
    this.#workload = new Workload(concurrency, [...Object.keys(ready.actions), HOOKS_ACTION]);
    const actions = Object.entries(ready.actions);
    this.#idempotent = new Set(actions.filter(([, action]) => action.idempotent === true).map(([name]) => name));
  }

  /** How many are unanswered, cancelled ones included. */
  get inFlight(): number {
    return this.#parts.open.session.inFlight;
  }

  /** How many were sent. */
  get sent(): number {
    return this.#sent;
  }

  /** The id of the one call that is running; undefined when there are none or several. */
  get onlyRunning(): number | undefined {
    return this.#parts.open.session.onlyCall;
  }

  /** Whether another can begin at once. */
  get hasRoom(): boolean {
    return this.#workload.hasRoom(this.inFlight);
  }

  /** Whether the instance may get a call although it is full: if that and all that run are known to be quick. */
  mayTakeAhead(action: string): boolean {
    return this.#workload.mayTakeAhead(action, this.inFlight);
  }

  /** Whether the plugin says that running an action twice does no harm. */
  isIdempotent(action: string): boolean {
    return this.#idempotent.has(action);
  }

  /** Calls `listener` each time that there is room for another call. */
  onRoom(listener: () => void): void {
    this.#whenRoom = listener;
  }

  /** @throws BulkheadError see `Session.call`, and what the plugin, a time limit or a crash make of the call. */
  send(request: CallRequest): Promise<unknown> {
    const { open, health, timeouts, work } = this.#parts;
    const call = new PluginCall(this, request, limitsOf(request, timeouts));
    if (this.#isUnlimited) call.liftLimits();
    this.#sent += 1;
    work.begin();
    health.callStarted();
    this.#workload.began(call, this.inFlight);
    try {
      call.id = open.session.call(request.action, request.input, call);
      this.#newest = call.id;
      this.#limits.add(call);
    } catch (error) {
      call.reject(error);
    }
    return call.promise;
  }

  /** The instance has written something, which may be of any of its calls. */
  touch(): void {
    for (const call of this.#limits.oldestFirst) call.touch();
  }

  /** Removes all limits, of the calls that run and of those that follow. */
  liftLimits(): void {
    this.#isUnlimited = true;
    this.#clearGraces();
  }

  /** Ends its timers, once the instance is gone. */
  close(): void {
    this.#limits.close();
    this.#clearGraces();
  }

  callStreams(call: PluginCall): void {
    if (this.#workload.streams(call)) this.#whenRoom?.();
  }

  callAnswered(call: PluginCall, isResult: boolean): void {
    if (this.#graces.size > 0) this.#clearGrace(call);
    this.#workload.answered(call, isResult);
    this.#parts.exit.goWhenFree();
    this.#whenRoom?.();
  }

  callEnded(call: PluginCall, outcome: CallOutcome): void {
    const now = performance.now();
    const { health, observer, work } = this.#parts;
    work.end();
    this.#limits.delete(call);
    health.callEnded(outcome === 'ok' || outcome === 'error', now);
    observer.callEnded(this.plugin, call.action, outcome, now - call.startedAt);
  }

  explain(error: unknown, action: string): Promise<unknown> {
    return this.#parts.exit.explain(error, action);
  }

  async activityDuring({ id, startedAt }: PluginCall): Promise<string | undefined> {
    const { open, health } = this.#parts;
    if (open.session.awaitsInput(id))
      return 'was waiting for the rest of its input, which the caller had still to give';
    return await health.activitySince(startedAt);
  }

  abandon(call: PluginCall): void {
    const { open, interrupt } = this.#parts;
    open.session.cancel(call.id);
    interrupt();
    if (this.#isUnlimited) return;
    // Others run between the chunks of a stream: one that was sent after it may hold it up as well.
    const lastBefore = call.isStream ? this.#newest : call.id;
    this.#giveGrace(call, lastBefore, this.#isBehindOthers(lastBefore));
  }

  /**
   * Replaces the instance if the cancelled call does not end. That would also end other calls, so the host waits while the call
   * may only be queued behind those up to `lastBefore`.
   */
  #giveGrace(call: PluginCall, lastBefore: number, isBehind: boolean): void {
    const { cancelGrace } = this.#parts.timeouts;
    const grace = new Limit(cancelGrace, () => {
      this.#graces.delete(call);
      const isStillBehind = this.#isBehindOthers(lastBefore);
      if (isBehind || isStillBehind) this.#giveGrace(call, lastBefore, isStillBehind);
      else this.#parts.exit.replace(`${call.action} did not end within ${cancelGrace} ms of being cancelled`);
    });
    this.#graces.set(call, grace);
  }

  /** A call can only be queued where others take all places. It is none of them, since it has been settled. */
  #isBehindOthers(lastBefore: number): boolean {
    let others = 0;
    for (const { id } of this.#limits.oldestFirst) {
      if (id > lastBefore) return false;
      others += 1;
      if (others >= this.concurrency) return true;
    }
    return false;
  }

  #clearGraces(): void {
    for (const call of this.#graces.keys()) this.#clearGrace(call);
  }

  #clearGrace(call: PluginCall): void {
    this.#graces.get(call)?.clear();
    this.#graces.delete(call);
  }
}
