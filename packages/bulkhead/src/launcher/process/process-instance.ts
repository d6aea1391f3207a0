import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { deferred } from '../../lifecycle/deferred.ts';
import { identifyProcess, isSameProcess, type ProcessIdentity } from '../../lifecycle/process-identity.ts';
import { settlesWithin } from '../../lifecycle/wait.ts';
import { KeptProcess } from './kept-process.ts';
import type { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { LimitedProcess } from '../limits/limited-process.ts';
import type { LimitHolders } from '../limits/limit-holders.ts';
import { type Overrun, overrunError, overrunInWords } from '../limits/overrun.ts';
import { ProcessVitals } from './process-vitals.ts';
import { describeExit, hasClosedConnection, hintsFor } from './describe-exit.ts';
import { DRAIN_MILLISECONDS, INTERRUPT_SIGNAL, InstanceStop } from '../instance-stop.ts';
import type { OutputCapture } from '../output-capture.ts';
import type {
  Diagnosis,
  Endpoint,
  ExitInfo,
  InstanceIdentity,
  RunningInstance,
  StopReason,
  Vitals,
} from '../running-instance.ts';

/** How a process ended, as the system told its parent. */
export type ProcessExit = Pick<ExitInfo, 'code' | 'signal'> & {
  /** The cause, where the host knows more than the signal says. */
  readonly hint?: string;
};

export interface ProcessParts {
  readonly identity: ProcessInstanceIdentity;
  readonly output: OutputCapture;
  /** Whether it is a child of this process: then its pid can't be reused before its exit is reported. */
  readonly isChild?: boolean;
  /** Whether it may be the keeper of a plugin in name spaces. */
  readonly mayBeKeeper?: boolean;
  /** Undefined of a fork, whose lifeline its template holds. */
  readonly lifeline?: Socket;
  readonly ended: Promise<ProcessExit>;
  /** Called when it is sent SIGKILL. */
  readonly killed?: () => void;
  /** Its limits; undefined of a fork that is ended because there are none for it. */
  readonly limited?: LimitedProcess | undefined;
}

/** Of an instance that is a process. */
export type ProcessInstanceIdentity = InstanceIdentity & { readonly process: ProcessIdentity };

export function identityOf(process: ProcessIdentity, generation: number): ProcessInstanceIdentity {
  return { generation, name: `process ${process.pid}`, process };
}

/** A process of the plugin and the group that it leads: how it ends, and what it wrote before. */
export class ProcessGroup implements Omit<RunningInstance, 'endpoint'> {
  readonly identity: ProcessInstanceIdentity;
  readonly exited: Promise<ExitInfo>;
  readonly #output: OutputCapture;
  readonly #isChild: boolean;
  readonly #killed: (() => void) | undefined;
  readonly #kept: KeptProcess;
  readonly #limited: LimitedProcess | undefined;
  #vitals: ProcessVitals | undefined;
  #overrun: Overrun | undefined;
  readonly #stop: InstanceStop;
  #exit: ExitInfo | undefined;
  #hint: string | undefined;

  constructor({
    identity,
    output,
    lifeline,
    ended,
    killed,
    limited,
    isChild = false,
    mayBeKeeper = false,
  }: ProcessParts) {
    this.identity = identity;
    this.#limited = limited;
    this.#output = output;
    this.#isChild = isChild;
    this.#killed = killed;
    this.#kept = new KeptProcess(identity.process, mayBeKeeper);
    this.#stop = new InstanceStop({
      exited: () => this.exited,
      terminate: () => this.#signalGroup('SIGTERM'),
      kill: () => this.#kill(),
    });
    // This host holds it open while the plugin runs. If this host dies, the kernel closes it, and ends the plugin by that.
    lifeline?.on('error', () => {});
    const { promise, resolve } = deferred<ExitInfo>();
    this.exited = promise;
    void ended.then(({ code, signal, hint }) => {
      this.#hint = hint;
      this.#exit = { code, signal, requested: this.#stop.requested };
      if (signal === 'SIGKILL' && this.#stop.requested === undefined) this.#overrun ??= limited?.overrun;
      // Processes that the plugin started are in its group, and end with it.
      this.#signalGroup('SIGKILL');
      lifeline?.destroy();
      this.#vitals?.close();
      resolve(this.#exit);
    });
    limited?.watch((overrun) => this.#endFor(overrun));
  }

  /** What holds each of its limits. */
  get limits(): LimitHolders {
    return this.#limited?.means ?? {};
  }

  async diagnose(): Promise<Diagnosis> {
    if (this.#exit === undefined) {
      await nextTurn(); // what it wrote before it failed may be in the pipe still
      return { ending: 'is still running', lastLines: this.#output.lastLines, hints: [], closedConnection: false };
    }
    await settlesWithin(this.#output.drained, DRAIN_MILLISECONDS);
    const closedConnection = hasClosedConnection(this.#exit);
    const { lastLines } = this.#output;
    if (this.#overrun !== undefined && this.#limited !== undefined) {
      const { limit } = this.#overrun;
      const failure = overrunError(this.#limited.plugin, this.#overrun);
      return { ending: overrunInWords(this.#overrun), lastLines, hints: [], failure, limit, closedConnection };
    }
    const limit = this.#exit.code === 0 ? undefined : this.#limited?.hint;
    const hints = [
      ...(this.#hint === undefined ? hintsFor(this.#exit) : [this.#hint]),
      ...(limit === undefined ? [] : [limit]),
    ];
    return { ending: describeExit(this.#exit), lastLines, hints, closedConnection };
  }

  onOutput(listener: () => void): void {
    this.#output.onArrival = listener;
  }

  async overrun(said: string): Promise<BulkheadError | undefined> {
    const overrun = this.#limited?.overrun;
    if (this.#limited === undefined || overrun === undefined) return await this.#limited?.refused(said);
    // The kernel has ended a process of it, and the call has noticed that before the watchdog.
    this.#endFor(overrun);
    await this.exited;
    return overrunError(this.#limited.plugin, overrun);
  }

  vitals(): Promise<Vitals | undefined> {
    if (this.#exit === undefined && this.#vitals?.identity !== this.#kept.identity) {
      this.#vitals?.close();
      this.#vitals = new ProcessVitals(this.#kept.identity);
    }
    return Promise.resolve(this.#vitals?.read());
  }

  /** The process that the plugin's code runs in. */
  get kept(): KeptProcess {
    return this.#kept;
  }

  interrupt(): void {
    if (process.platform === 'win32' || this.#exit !== undefined || !this.#mayBeSignalled) return;
    this.#signal(this.#kept.identity.pid, INTERRUPT_SIGNAL);
  }

  /** Asks it to end as the system asks programs. */
  terminate(): void {
    if (this.#exit === undefined) this.#signalGroup('SIGTERM');
  }

  stop(reason: StopReason, grace: number): Promise<ExitInfo> {
    return this.#stop.stop(reason, grace);
  }

  #kill(): void {
    if (this.#exit !== undefined) return;
    this.#signalGroup('SIGKILL');
    this.#killed?.();
  }

  /** Not asked for by the pool: to its calls that is an end by the plugin's own fault. */
  #endFor(overrun: Overrun): void {
    if (this.#stop.requested !== undefined) return;
    this.#overrun ??= overrun;
    this.#kill();
  }

  get #pid(): number {
    return this.identity.process.pid;
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (!this.#mayBeSignalled) return;
    if (process.platform === 'win32') this.#signal(this.#pid, signal);
    // A fork may not lead its group yet; then it has not started anything either.
    else if (!this.#signal(-this.#pid, signal) && this.#exit === undefined) this.#signal(this.#pid, signal);
  }

  /**
   * While a member of a group lives, the kernel gives its number to no other process. Once the last is gone it may: so nothing
   * is signalled if another process has the number, or if this one was never seen alive.
   */
  get #mayBeSignalled(): boolean {
    if (this.#exit === undefined) return this.#isChild || isSameProcess(this.identity.process);
    const { pid, startTime } = this.identity.process;
    const isKnown = startTime !== undefined || process.platform !== 'linux';
    const holder = identifyProcess(pid);
    return isKnown && (holder === undefined || holder.startTime === startTime);
  }

  /** @returns whether a process was there */
  #signal(target: number, signal: NodeJS.Signals | number): boolean {
    try {
      return process.kill(target, signal);
    } catch {
      return false; // ESRCH: the process is gone. EPERM: macOS reports it for a group of zombies.
    }
  }
}

/** A plugin in a process of its own. */
export class ProcessInstance extends ProcessGroup implements RunningInstance {
  readonly endpoint: Endpoint;

  constructor(endpoint: Endpoint, parts: ProcessParts) {
    super(parts);
    this.endpoint = endpoint;
  }
}
