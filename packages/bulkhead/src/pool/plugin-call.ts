import type { ProgressPayload, TraceContext } from '@bulkhead/protocol';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { Expiring } from '../lifecycle/expiry-timer.ts';
import { guarded, warnOnce } from '../lifecycle/guarded.ts';
import type { PluginStream } from '../session/plugin-stream.ts';
import type { CallReceiver } from '../session/call-receiver.ts';
import { CallClock } from './call-clock.ts';
import { outcomeOf } from './call-outcome.ts';
import type { CallLimits, CallRequest } from './call-request.ts';
import type { CallOutcome } from './pool-observer.ts';
import type { Work } from './workload.ts';

/** What a call needs of its instance. */
export interface CallHost {
  readonly plugin: string;
  /** The caller gave the call up: the instance must be freed of it. */
  abandon(call: PluginCall): void;
  /** Adds what the host knows of the instance to an error. */
  explain(error: unknown, action: string): Promise<unknown>;
  /** What its process did during the call, as a clause; undefined if the host does not know. */
  activityDuring(call: PluginCall): Promise<string | undefined>;
  /** The answer of the call is a stream that has begun. */
  callStreams(call: PluginCall): void;
  callEnded(call: PluginCall, outcome: CallOutcome): void;
  /** The plugin answered the call, even if that was given up before. */
  callAnswered(call: PluginCall, isResult: boolean): void;
}

/** One call from being sent to its end, which is the first of answer, time limit, abort and crash. */
export class PluginCall implements CallReceiver, Work, Expiring {
  readonly action: string;
  readonly promise: Promise<unknown>;
  /** Set when it was sent. */
  id = 0;
  /** Whether the plugin has answered, or is gone. */
  answered = false;
  pace: Work['pace'];
  isSlow = false;
  isStream = false;
  crowd = 1;
  readonly #host: CallHost;
  readonly #request: CallRequest;
  readonly #clock: CallClock;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;
  #settled = false;
  #stream: PluginStream | undefined;

  constructor(host: CallHost, request: CallRequest, limits: CallLimits) {
    this.action = request.action;
    this.#host = host;
    this.#request = request;
    this.#clock = new CallClock(limits);
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    request.signal?.addEventListener('abort', this, { once: true });
  }

  get startedAt(): number {
    return this.#clock.startedAt;
  }

  get path(): readonly string[] {
    return this.#request.path ?? [this.#host.plugin];
  }

  get awaitedBy(): CallReceiver | undefined {
    return this.#request.awaitedBy;
  }

  get deadline(): number {
    return this.#clock.deadline;
  }

  get timeout(): number | undefined {
    return this.#clock.timeout;
  }

  get trace(): TraceContext | undefined {
    return this.#request.trace;
  }

  get expiresAt(): number {
    return this.#clock.expiresAt;
  }

  /** What one call does is also progress of the call that waits for it. */
  touch(): void {
    this.#clock.touch();
    this.awaitedBy?.touch?.();
  }

  liftLimits(): void {
    this.#clock.lift();
  }

  /** The memory is the caller's again once the call has ended, even if the answer is still on its way. */
  get into(): Uint8Array | undefined {
    return this.#settled ? undefined : this.#request.into;
  }

  /** A listener that throws, or whose promise rejects, ends the call by that. */
  progress(progress: ProgressPayload): void {
    const { onProgress } = this.#request;
    if (this.#settled || onProgress === undefined) return;
    guarded(onProgress, (error) => this.#progressFailed(error))(progress);
  }

  #progressFailed(error: unknown): void {
    if (this.#settled) warnOnce(`onProgress of a call of ${this.#host.plugin}.${this.action}, after its end`)(error);
    else this.#endBy(error, 'cancelled');
  }

  /** Answers the caller with the stream. The call goes on, and settles that stream at its end. */
  stream(stream: PluginStream): void {
    this.#stream = stream;
    this.#host.callStreams(this);
    if (this.#settled) return;
    this.#resolve(stream);
    this.#resolve = (value) => stream.end(value);
    this.#reject = (error) => stream.fail(error);
  }

  giveUp(error: unknown): void {
    this.#endBy(error, 'rejected');
  }

  stop(): void {
    if (this.#end('cancelled')) this.#host.abandon(this);
  }

  resolve(value: unknown): void {
    this.answered = true;
    this.#stream?.leave();
    if (this.#end('ok')) this.#resolve(value);
    this.#host.callAnswered(this, true);
  }

  reject(error: unknown): void {
    this.answered = true;
    this.#stream?.leave();
    this.#host.callAnswered(this, false);
    if (!this.#end(outcomeOf(error))) return;
    // Collecting its last lines may take a turn.
    void this.#host.explain(error, this.action).then(this.#reject, this.#reject);
  }

  /** One of its two limits is over. */
  expire(): void {
    this.#giveUp('timeout', this.#clock.isIdle ? this.#idleError() : this.#timeoutError());
  }

  #idleError(): BulkheadError {
    const milliseconds = this.#clock.limits.idle ?? 0;
    return new BulkheadError('CALL_IDLE_TIMEOUT', { plugin: this.#host.plugin, action: this.action, milliseconds });
  }

  async #timeoutError(): Promise<BulkheadError> {
    const { timeout, isOwnTimeout } = this.#clock.limits;
    const { plugin } = this.#host;
    return new BulkheadError('CALL_TIMEOUT', {
      plugin,
      action: this.action,
      milliseconds: timeout,
      setting: isOwnTimeout
        ? 'the `timeout` given with the call'
        : `\`timeouts: { call: … }\` of plugin "${plugin}" in the registry`,
      activity: await this.#host.activityDuring(this),
    });
  }

  /** The signal was aborted. */
  handleEvent(): void {
    const cause: unknown = this.#request.signal?.reason;
    this.#giveUp(
      'cancelled',
      new BulkheadError('CALL_CANCELLED', { plugin: this.#host.plugin, action: this.action }, { cause }),
    );
  }

  #giveUp(outcome: CallOutcome, error: BulkheadError | Promise<BulkheadError>): void {
    if (!this.#end(outcome)) return;
    if (!this.answered) this.#host.abandon(this);
    void this.#explain(error).then(this.#reject, this.#reject);
  }

  async #explain(error: BulkheadError | Promise<BulkheadError>): Promise<unknown> {
    return await this.#host.explain(await error, this.action);
  }

  /** Ends the call by an error from the caller's side, to which the instance has nothing to add. */
  #endBy(error: unknown, outcome: CallOutcome): void {
    if (!this.#end(outcome)) return;
    if (!this.answered) this.#host.abandon(this);
    this.#reject(error);
  }

  #end(outcome: CallOutcome): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#request.signal?.removeEventListener('abort', this);
    this.#host.callEnded(this, outcome);
    return true;
  }
}
