import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { deferred } from '../lifecycle/deferred.ts';
import { isSameProcess } from '../lifecycle/process-identity.ts';
import { settlesWithin } from '../lifecycle/wait.ts';
import { describeEnding, hintsFor } from './ending.ts';
import type { OutputCapture } from './output-capture.ts';
import type {
  Diagnosis,
  Endpoint,
  ExitInfo,
  InstanceIdentity,
  RunningInstance,
  StopReason,
} from './running-instance.ts';

/** Real-time signal that makes a blocking system call of the plugin return; see the protocol, "Cancel". */
const INTERRUPT_SIGNAL = 40;
/** Between TERM and KILL. */
const TERM_GRACE_MILLISECONDS = 1_000;
/** A grandchild may hold the output pipes open for ever: what it says later is not waited for. */
const DRAIN_MILLISECONDS = 500;

/** A plugin in a process of its own, leader of its own process group. */
export class ProcessInstance implements RunningInstance {
  readonly identity: InstanceIdentity;
  readonly endpoint: Endpoint;
  readonly exited: Promise<ExitInfo>;
  readonly #output: OutputCapture;
  #exit: ExitInfo | undefined;
  #stopping: Promise<ExitInfo> | undefined;
  #requested: StopReason | undefined;

  /** To be called in the same tick as `spawn`, or the exit may be missed. */
  constructor(child: ChildProcess, identity: InstanceIdentity, output: OutputCapture) {
    this.identity = identity;
    this.endpoint = { kind: 'socket-pair', data: child.stdio[3] as Socket, control: child.stdio[4] as Socket };
    this.#output = output;
    // Held open as long as the process runs, and ended by the kernel together with this one: what the plugin dies of.
    const lifeline = (child.stdio as readonly unknown[])[5] as Socket;
    lifeline.on('error', () => {});
    const { promise, resolve } = deferred<ExitInfo>();
    this.exited = promise;
    child.once('exit', (code, signal) => {
      this.#exit = { code, signal, requested: this.#requested };
      // What the plugin started belongs to its group, and ends with it.
      this.#signalGroup('SIGKILL');
      lifeline.destroy();
      resolve(this.#exit);
    });
  }

  async diagnose(): Promise<Diagnosis> {
    if (this.#exit === undefined) {
      await nextTurn(); // what it wrote before it failed may be in the pipe still
      return { ending: 'is still running', lastLines: this.#output.lastLines, hints: [] };
    }
    await settlesWithin(this.#output.drained, DRAIN_MILLISECONDS);
    return { ending: describeEnding(this.#exit), lastLines: this.#output.lastLines, hints: hintsFor(this.#exit) };
  }

  interrupt(): void {
    if (process.platform === 'win32') return;
    this.#signal(this.identity.pid, INTERRUPT_SIGNAL);
  }

  stop(reason: StopReason, grace: number): Promise<ExitInfo> {
    this.#stopping ??= this.#stop(reason, grace);
    if (reason === 'kill') this.#kill(reason);
    return this.#stopping;
  }

  async #stop(reason: StopReason, grace: number): Promise<ExitInfo> {
    this.#requested = reason;
    if (reason === 'shutdown' && !(await settlesWithin(this.exited, grace))) {
      this.#signalGroup('SIGTERM');
      if (!(await settlesWithin(this.exited, TERM_GRACE_MILLISECONDS))) this.#kill(reason);
    }
    return await this.exited;
  }

  #kill(reason: StopReason): void {
    if (this.#exit !== undefined) return;
    this.#requested = reason;
    this.#signalGroup('SIGKILL');
  }

  #signalGroup(signal: NodeJS.Signals): void {
    // Once its leader is gone, the group's number can't be given to another while a member lives.
    if (this.#exit === undefined && !isSameProcess(this.identity)) return;
    if (process.platform === 'win32') this.#signal(this.identity.pid, signal);
    else this.#signal(-this.identity.pid, signal);
  }

  #signal(target: number, signal: NodeJS.Signals | number): void {
    try {
      process.kill(target, signal);
    } catch (error) {
      // ESRCH: nobody is left to signal. EPERM: macOS says so of a group of zombies.
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ESRCH' && code !== 'EPERM') throw error;
    }
  }
}
