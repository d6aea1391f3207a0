import { setImmediate as nextTurn } from 'node:timers/promises';
import { deferred } from '../../lifecycle/deferred.ts';
import type { ProcessIdentity } from '../../lifecycle/process-identity.ts';
import { settlesWithin } from '../../lifecycle/wait.ts';
import type { ForkSocketSet } from '../forkserver/fork-sockets.ts';
import { DRAIN_MILLISECONDS, InstanceStop } from '../instance-stop.ts';
import type { OutputCapture } from '../output-capture.ts';
import type {
  Diagnosis,
  Endpoint,
  ExitInfo,
  InstanceIdentity,
  RunningInstance,
  StopReason,
} from '../running-instance.ts';
import type { Blamed } from './culprit.ts';
import type { GroupEnd, ThreadExit } from './thread-exit.ts';

/** Between what interrupts a plugin's code and the end of the whole group. */
const LET_GO_MILLISECONDS = 1_000;

export interface ThreadParts {
  readonly generation: number;
  /** Of the plugin in its group. */
  readonly number: number;
  readonly process: ProcessIdentity;
  readonly sockets: ForkSocketSet;
  readonly output: (identity: InstanceIdentity) => OutputCapture;
  /** Raises an exception in all that runs of it. */
  readonly interrupt: () => void;
  /** Ends the group, because this plugin lets go in no other way. */
  readonly endGroup: () => void;
  /** Why the group is gone. */
  readonly groupEnd: () => Promise<GroupEnd>;
}

/** A plugin in a thread of its group. */
export class ThreadInstance implements RunningInstance {
  readonly identity: InstanceIdentity;
  readonly endpoint: Endpoint;
  readonly exited: Promise<ExitInfo>;
  readonly #parts: ThreadParts;
  readonly #output: OutputCapture;
  readonly #stop: InstanceStop;
  readonly #exit = deferred<ExitInfo>();
  #ended: ThreadExit | 'with its group' | undefined;
  #wasInterrupted = false;
  #calls: (() => number) | undefined;
  #wasBusy: boolean | undefined;

  constructor(parts: ThreadParts) {
    const { generation, number, process, sockets, output } = parts;
    const { data, control } = sockets;
    this.identity = { generation, name: `thread ${number} of process ${process.pid}`, process };
    this.endpoint = { kind: 'socket-pair', data, control };
    this.exited = this.#exit.promise;
    this.#parts = parts;
    this.#output = output(this.identity);
    this.#stop = new InstanceStop({
      exited: () => this.exited,
      terminate: () => this.#interrupt(),
      kill: () => void this.#letGo(),
    });
    // Before the transport hears of it, and settles what is in flight. The other socket it moves into one of its own.
    for (const event of ['end', 'close'] as const) control.once(event, () => this.#noteCalls());
  }

  /** Whether it had calls, or was being started, when it ended. */
  get wasBusy(): boolean {
    return this.#noteCalls();
  }

  /** Who has ended its group; undefined: it did not end with its group. */
  async blamed(): Promise<Blamed | undefined> {
    await this.exited;
    return this.#ended === 'with its group' ? (await this.#parts.groupEnd()).blamed : undefined;
  }

  watchCalls(inFlight: () => number): void {
    this.#calls = inFlight;
  }

  onOutput(listener: () => void): void {
    this.#output.onArrival = listener;
  }

  /** Called by its group, once. */
  end(exit: ThreadExit | 'with its group', { code, signal }: Pick<ExitInfo, 'code' | 'signal'>): void {
    this.#noteCalls();
    this.#ended = exit;
    const own = this.#wasInterrupted ? { code: null, signal: 'SIGTERM' as const } : { code, signal };
    this.#exit.resolve({ ...own, requested: this.#stop.requested });
  }

  async diagnose(): Promise<Diagnosis> {
    if (this.#ended === undefined) {
      await nextTurn(); // what it wrote before it failed may be in the socket still
      return { ending: 'is still running', lastLines: this.#output.lastLines, hints: [], closedConnection: false };
    }
    await settlesWithin(this.#output.drained, DRAIN_MILLISECONDS);
    const { lastLines } = this.#output;
    if (this.#ended === 'with its group') {
      const { ending, failure, limit, lastLines: ofGroup } = await this.#parts.groupEnd();
      return { ending, failure, limit, hints: [], lastLines: [...lastLines, ...ofGroup], closedConnection: false };
    }
    const ended = this.#wasInterrupted ? { ending: 'was interrupted in its thread' } : this.#ended;
    return { ...ended, lastLines, hints: [], closedConnection: false };
  }

  stop(reason: StopReason, grace: number): Promise<ExitInfo> {
    return this.#stop.stop(reason, grace);
  }

  #noteCalls(): boolean {
    this.#wasBusy ??= this.#calls === undefined || this.#calls() > 0;
    return this.#wasBusy;
  }

  #interrupt(): void {
    if (this.#ended !== undefined) return;
    this.#wasInterrupted = true;
    this.#parts.interrupt();
  }

  /** Without its connection its thread ends as soon as no code of the plugin holds it. */
  async #letGo(): Promise<void> {
    if (this.#ended !== undefined) return;
    const { sockets, endGroup } = this.#parts;
    this.#noteCalls();
    sockets.control.destroy(); // the transport then ends the other
    this.#interrupt();
    if (!(await settlesWithin(this.exited, LET_GO_MILLISECONDS))) endGroup();
  }
}
