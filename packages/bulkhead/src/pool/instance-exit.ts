import { BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import { asReason } from '../errors/as-reason.ts';
import type { ReachedLimit } from '../launcher/limits/overrun.ts';
import type { ExitInfo, RunningInstance } from '../launcher/running-instance.ts';
import { isSameProcess } from '../lifecycle/process-identity.ts';
import { settlesWithin } from '../lifecycle/wait.ts';
import type { Session } from '../session/session.ts';
import type { InstanceEnding } from './pool-observer.ts';
import { shownIdentity } from './shown-identity.ts';

/** Sockets close with their process, unless another process holds them open: the host waits this long. */
const CLOSE_MILLISECONDS = 500;
/** Milliseconds that an instance under a debugger has to finish its calls. */
const HELD_MILLISECONDS = 500;

/** Why a healthy instance is ended. */
export type RetireReason = 'recycled' | 'unloaded' | 'reloaded';

export interface ExitParts {
  readonly plugin: string;
  readonly running: RunningInstance;
  readonly session: Session;
  /** Milliseconds that a stopped instance has to finish its calls and clean up. */
  readonly stopLimit: number;
  /** Says more of an error that its limits or permissions explain. */
  explain(error: BulkheadError): BulkheadError;
  /** Whether a debugger may hold its calls. */
  isHeld(): boolean;
}

/** How an instance came to its end. */
export interface InstanceEnd {
  readonly ending: InstanceEnding;
  /** As the rest of a sentence, such as `exited with status 3`. */
  readonly description: string;
  /** What took too long, if it was asked to end and did not in time. */
  readonly overdue: string | undefined;
  /** The limit of the registry that it was ended for. */
  readonly limit: ReachedLimit | undefined;
  /** How it broke the protocol, where that is why it was ended. */
  readonly violation: BulkheadError | undefined;
}

/** Ends one instance, or notices its end, and explains it to the calls that are lost. */
export class InstanceExit {
  /** Resolves when the instance is gone and its calls have been settled; never rejects. */
  readonly over: Promise<InstanceEnd>;
  readonly #parts: ExitParts;
  #ending: InstanceEnding | undefined;
  /** Makes the error of the calls that are lost, if the host ends the instance on purpose. */
  #lostCalls: ((action: string) => BulkheadError) | undefined;
  #hasBegun = false;
  #hasSaidBye = false;
  #stopping: Promise<void> | undefined;
  /** Whether it ended within the limit of a stop. */
  #inTime: Promise<boolean> | undefined;
  #retiring: RetireReason | undefined;

  constructor(parts: ExitParts) {
    this.#parts = parts;
    this.over = this.#watch();
  }

  /** Whether it is on its way out: it gets no more calls. */
  get hasBegun(): boolean {
    return this.#hasBegun || this.#parts.session.lost !== undefined;
  }

  /** Lets it finish what it was sent and clean up. */
  stop(): Promise<void> {
    const what = `plugin "${this.#parts.plugin}" was stopped during the call`;
    this.#lostCalls ??= () => new BulkheadError('MANAGER_CLOSED', { what });
    this.#stopping ??= this.#stop('stopped');
    return this.#stopping;
  }

  /** Ends it when it has finished its calls, each under its own limits. */
  retire(reason: RetireReason): void {
    this.#hasBegun = true;
    this.#retiring ??= reason;
    this.goWhenFree();
  }

  /** Call this when it has answered a call. */
  goWhenFree(): void {
    if (this.#retiring !== undefined && this.#parts.session.inFlight === 0)
      this.#stopping ??= this.#stop(this.#retiring);
  }

  /** Ends it at once, because a cancelled call does not end. `reason` goes to the calls beside that. */
  replace(reason: string): void {
    this.#hasBegun = true;
    this.#ending ??= 'replaced';
    const { plugin, running } = this.#parts;
    this.#lostCalls ??= (action) => new BulkheadError('PLUGIN_REPLACED', { plugin, action, reason });
    void running.stop('kill', 0);
  }

  /** Adds what the host knows of the instance to the error of a call. */
  async explain(error: unknown, action: string): Promise<unknown> {
    if (!isBulkheadError(error)) return error;
    const { plugin, running } = this.#parts;
    const lost = error.code === 'PLUGIN_DISCONNECTED' || error.code === 'PROTOCOL_VIOLATION';
    if (lost && this.#lostCalls !== undefined) return this.#lostCalls(action);
    if (error.blame === 'user') return error;
    const isLate = error.code === 'CALL_TIMEOUT' || error.code === 'CALL_IDLE_TIMEOUT';
    const holder = isLate ? await running.heldBy?.() : undefined;
    if (holder !== undefined)
      return new BulkheadError('CONTAINER_PAUSED', { plugin, reason: holder }, { cause: error });
    if (error.code === 'PLUGIN_RAISED') {
      const overrun = await running.overrun?.(`${error.message}\n${error.context.remoteTraceback ?? ''}`);
      if (overrun !== undefined)
        return new BulkheadError(overrun.code, overrun.details, { cause: error, context: error.context });
    }
    const exit = lost ? await this.#exitSoon() : undefined;
    const isByHand =
      error.code === 'PLUGIN_DISCONNECTED' &&
      (error as BulkheadError<'PLUGIN_DISCONNECTED'>).details.channel !== undefined;
    const diagnosis = await running.diagnose();
    const context = { plugin, action, instance: shownIdentity(running.identity), lastLines: diagnosis.lastLines };
    // Without its connection it has ended itself, or was ended: that explains nothing.
    if (exit === undefined || isByHand || error.code === 'PROTOCOL_VIOLATION')
      return this.#parts.explain(error.within(context));
    const reason = asReason([diagnosis.ending, ...diagnosis.hints].join('. '));
    // Under load its exit may be known before the host sees which channel it closed.
    if (diagnosis.closedConnection) return new BulkheadError('PLUGIN_DISCONNECTED', { plugin, reason }, { context });
    if (diagnosis.failure !== undefined) return diagnosis.failure.within(context);
    return this.#parts.explain(
      new BulkheadError('PLUGIN_CRASHED', { plugin, action, reason, cure: cureOf(exit) }, { context }),
    );
  }

  async #stop(ending: InstanceEnding): Promise<void> {
    this.#hasBegun = true;
    this.#ending ??= ending;
    const { session, running, stopLimit, isHeld } = this.#parts;
    this.#inTime = settlesWithin(running.exited, stopLimit);
    void session.shutdown().then(() => (this.#hasSaidBye = session.lost === undefined));
    // A call that a debugger holds would not end.
    await running.stop('shutdown', isHeld() && session.inFlight > 0 ? HELD_MILLISECONDS : stopLimit);
    await this.over;
  }

  async #watch(): Promise<InstanceEnd> {
    const { running, session } = this.#parts;
    const first = await Promise.race([
      running.exited.then(() => 'exit' as const),
      session.closed.then(() => 'close' as const),
    ]);
    this.#hasBegun = true;
    // A process without its connection is useless, and a connection without its process says nothing more.
    if (first === 'close') await (this.#stopping !== undefined ? running.exited : this.#exitSoon());
    else if (!(await settlesWithin(session.closed, CLOSE_MILLISECONDS))) await session.close();
    await running.stop('kill', 0);
    const { ending: description, limit } = await running.diagnose();
    const violation = session.lost?.code === 'PROTOCOL_VIOLATION' ? session.lost : undefined;
    const { signal, requested } = await running.exited;
    // One without the SDK is ended by a signal also in good order.
    const isForced = requested === 'shutdown' && signal !== null && !(await this.#inTime);
    const overdue = isForced ? this.#whatTookLong() : undefined;
    return { ending: this.#ending ?? 'crashed', description, overdue, limit, violation };
  }

  #whatTookLong(): string {
    const what = this.#hasSaidBye ? 'what follows its cleanup, such as exit handlers,' : 'its calls and its cleanup';
    return `${what} took longer than ${this.#parts.stopLimit / 1_000} s (timeouts.stop)`;
  }

  async #exitSoon(): Promise<ExitInfo | undefined> {
    const { running } = this.#parts;
    if (await settlesWithin(running.exited, CLOSE_MILLISECONDS)) return await running.exited;
    const { process } = running.identity;
    // The process is gone, but the report of its exit takes a while on a busy machine.
    return process === undefined || isSameProcess(process) ? undefined : await running.exited;
  }
}

/** A signal is explained where it is told; undefined: the usual advice. */
function cureOf({ code }: ExitInfo): string | undefined {
  if (code === null) return undefined;
  return 'The next call starts the plugin again. Its process ended by itself: code of the plugin did that, as `os._exit` and `process.exit` do, or an error that nobody caught, which its last lines then show.';
}
