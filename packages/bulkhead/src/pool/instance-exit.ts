import { BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import { asReason } from '../errors/as-reason.ts';
import type { ExitInfo, RunningInstance } from '../launcher/running-instance.ts';
import { isSameProcess } from '../lifecycle/process-identity.ts';
import { settlesWithin } from '../lifecycle/wait.ts';
import type { Session } from '../session/session.ts';
import type { InstanceEnding } from './pool-observer.ts';
import { shownIdentity } from './shown-identity.ts';

/** A process that is gone closes its sockets; where another holds them open, they are not waited for. */
const CLOSE_MILLISECONDS = 500;
/** For the calls of an instance that is being debugged, when it is stopped. */
const HELD_MILLISECONDS = 500;

/** Why an instance goes though nothing is wrong with it. */
export type RetireReason = 'recycled' | 'unloaded' | 'reloaded';

export interface ExitParts {
  readonly plugin: string;
  readonly running: RunningInstance;
  readonly session: Session;
  /** Milliseconds that it has to finish its calls and clean up, once it is stopped. */
  readonly stopLimit: number;
  /** Whether a debugger may hold its calls. */
  isHeld(): boolean;
}

/** How an instance came to its end. */
export interface InstanceEnd {
  readonly ending: InstanceEnding;
  /** As the rest of a sentence, such as `exited with status 3`. */
  readonly description: string;
  /** How it broke the protocol, where that is why it was ended. */
  readonly violation: BulkheadError | undefined;
}

/** The end of one instance: asked for, or found out; and what it means for the calls that are lost with it. */
export class InstanceExit {
  /** Resolves when the instance is gone and its calls have been settled; never rejects. */
  readonly over: Promise<InstanceEnd>;
  readonly #parts: ExitParts;
  #ending: InstanceEnding | undefined;
  /** The error for the calls that are lost, where the instance is ended on purpose. */
  #lostCalls: ((action: string) => BulkheadError) | undefined;
  #hasBegun = false;
  #stopping: Promise<void> | undefined;
  #retiring: RetireReason | undefined;

  constructor(parts: ExitParts) {
    this.#parts = parts;
    this.over = this.#watch();
  }

  /** Whether it is on its way out: no call is sent to it any more. */
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

  /** Lets it go when it has finished its calls: however long these take, each has its own limits. */
  retire(reason: RetireReason): void {
    this.#hasBegun = true;
    this.#retiring ??= reason;
    this.goWhenFree();
  }

  /** To be called when it has answered a call. */
  goWhenFree(): void {
    if (this.#retiring !== undefined && this.#parts.session.inFlight === 0)
      this.#stopping ??= this.#stop(this.#retiring);
  }

  /** Ends it at once, because it does not let go of a call; the calls beside that are told why. */
  replace(reason: string): void {
    this.#hasBegun = true;
    this.#ending ??= 'replaced';
    const { plugin, running } = this.#parts;
    this.#lostCalls ??= (action) => new BulkheadError('PLUGIN_REPLACED', { plugin, action, reason });
    void running.stop('kill', 0);
  }

  /** Adds what is known of the instance to the error of a call. */
  async explain(error: unknown, action: string): Promise<unknown> {
    if (!isBulkheadError(error)) return error;
    const { plugin, running } = this.#parts;
    const lost = error.code === 'PLUGIN_DISCONNECTED' || error.code === 'PROTOCOL_VIOLATION';
    if (lost && this.#lostCalls !== undefined) return this.#lostCalls(action);
    if (error.blame === 'user') return error;
    const exit = lost ? await this.#exitSoon() : undefined;
    const diagnosis = await running.diagnose();
    const context = { plugin, action, instance: shownIdentity(running.identity), lastLines: diagnosis.lastLines };
    if (exit === undefined || error.code === 'PROTOCOL_VIOLATION') return error.within(context);
    const reason = asReason([diagnosis.ending, ...diagnosis.hints].join('. '));
    return new BulkheadError('PLUGIN_CRASHED', { plugin, action, reason }, { context });
  }

  async #stop(ending: InstanceEnding): Promise<void> {
    this.#hasBegun = true;
    this.#ending ??= ending;
    const { session, running, stopLimit, isHeld } = this.#parts;
    void session.shutdown();
    // A call that a debugger holds would not end in any time.
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
    // Without its connection a process is of no use; without its process a connection has nothing more to say.
    if (first === 'close') await (this.#stopping !== undefined ? running.exited : this.#exitSoon());
    else if (!(await settlesWithin(session.closed, CLOSE_MILLISECONDS))) await session.close();
    await running.stop('kill', 0);
    const { ending: description } = await running.diagnose();
    const violation = session.lost?.code === 'PROTOCOL_VIOLATION' ? session.lost : undefined;
    return { ending: this.#ending ?? 'crashed', description, violation };
  }

  async #exitSoon(): Promise<ExitInfo | undefined> {
    const { running } = this.#parts;
    if (await settlesWithin(running.exited, CLOSE_MILLISECONDS)) return await running.exited;
    const { process } = running.identity;
    // The host is still to be told how one that is gone has ended: on a busy machine that takes its time.
    return process === undefined || isSameProcess(process) ? undefined : await running.exited;
  }
}
