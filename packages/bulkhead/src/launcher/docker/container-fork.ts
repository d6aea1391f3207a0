import { constants } from 'node:os';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { settlesWithin } from '../../lifecycle/wait.ts';
import type { Fork } from '../forkserver/fork.ts';
import { DRAIN_MILLISECONDS, INTERRUPT_SIGNAL, InstanceStop } from '../instance-stop.ts';
import type { LimitHolders } from '../limits/limit-holders.ts';
import type { OutputCapture } from '../output-capture.ts';
import { describeExit, hasClosedConnection, hintsFor } from '../process/describe-exit.ts';
import { ProcessVitals } from '../process/process-vitals.ts';
import type {
  Diagnosis,
  ExitInfo,
  InstanceIdentity,
  RunningInstance,
  SocketPair,
  StopReason,
  Vitals,
} from '../running-instance.ts';
import type { Container } from './container-instance.ts';
import { memoryLimitInWords } from './describe-container.ts';

const { SIGTERM, SIGKILL } = constants.signals;
/** A fork that outlives KILL for so long is in a container that is paused, or its template hangs: then the container is ended. */
const KILL_MILLISECONDS = 3_000;

export interface ContainerForkParts {
  readonly plugin: string;
  readonly identity: InstanceIdentity;
  readonly fork: Fork;
  /** That it runs in, beside its template and other forks. */
  readonly container: Container;
  readonly output: OutputCapture;
  /** Bytes that it shares with them; undefined: the registry sets no limit. */
  readonly memoryLimit: number | undefined;
  /** Whether other forks run in the container. */
  readonly isShared: () => boolean;
}

interface ForkExit {
  readonly info: ExitInfo;
  readonly hint: string | undefined;
  /** Whether other forks ran in the container then. */
  readonly isShared: boolean;
}

/** An instance that was forked in a running container. It ends alone; its siblings go on. */
export class ContainerFork implements RunningInstance {
  readonly identity: InstanceIdentity;
  readonly endpoint: SocketPair;
  readonly exited: Promise<ExitInfo>;
  readonly #parts: ContainerForkParts;
  readonly #vitals: ProcessVitals | undefined;
  readonly #stop: InstanceStop;
  #exit: ForkExit | undefined;
  #diagnosis: Promise<Diagnosis> | undefined;

  constructor(parts: ContainerForkParts) {
    this.#parts = parts;
    const { identity, fork, isShared } = parts;
    this.identity = identity;
    this.endpoint = fork.endpoint;
    this.#vitals = identity.process === undefined ? undefined : new ProcessVitals(identity.process);
    this.#stop = new InstanceStop({
      exited: () => this.exited,
      terminate: () => fork.signal(SIGTERM, 'its group'),
      kill: () => this.#kill(),
    });
    this.exited = fork.ended.then(({ code, signal, hint }) => {
      const info = { code, signal, requested: this.#stop.requested };
      this.#exit = { info, hint, isShared: isShared() };
      fork.lifeline?.destroy();
      this.#vitals?.close();
      return info;
    });
  }

  async diagnose(): Promise<Diagnosis> {
    const { output } = this.#parts;
    if (this.#exit === undefined)
      return { ending: 'is still running', lastLines: output.lastLines, hints: [], closedConnection: false };
    return await (this.#diagnosis ??= this.#explain(this.#exit));
  }

  get limits(): LimitHolders {
    return this.#parts.container.limits;
  }

  onOutput(listener: () => void): void {
    this.#parts.output.onArrival = listener;
  }

  async overrun(said: string): Promise<BulkheadError | undefined> {
    return await this.#parts.container.hits.overrun(said, this.#parts.isShared());
  }

  /** It shares the loopback with its siblings. */
  reach(port: number, at: number): Promise<number> {
    return this.#parts.container.reach(port, at, this.exited);
  }

  heldBy(): Promise<string | undefined> {
    return this.#parts.container.heldBy();
  }

  vitals(): Promise<Vitals | undefined> {
    return Promise.resolve(this.#vitals?.read());
  }

  interrupt(): void {
    this.#parts.fork.signal(INTERRUPT_SIGNAL, 'it');
  }

  stop(reason: StopReason, grace: number): Promise<ExitInfo> {
    return this.#stop.stop(reason, grace);
  }

  #kill(): void {
    if (this.#exit !== undefined) return;
    const { fork } = this.#parts;
    // Either is enough, and the lifeline needs no template.
    fork.lifeline?.destroy();
    fork.signal(SIGKILL, 'its group');
    fork.endIsNear();
    void this.#makeSure();
  }

  async #makeSure(): Promise<void> {
    if (!(await settlesWithin(this.exited, KILL_MILLISECONDS))) await this.#parts.container.stop('kill', 0);
  }

  async #explain({ info, hint, isShared }: ForkExit): Promise<Diagnosis> {
    const { plugin, container, output, memoryLimit } = this.#parts;
    const known = { hints: [], closedConnection: hasClosedConnection(info) };
    await settlesWithin(output.drained, DRAIN_MILLISECONDS);
    const { lastLines } = output;
    const isUnasked = info.requested === undefined && info.signal === 'SIGKILL';
    if (isUnasked && container.hasExited) {
      const whole = await container.diagnose();
      const { requested, signal } = await container.exited;
      const isFromOutside = requested === undefined && signal !== null;
      if (whole.failure !== undefined || isFromOutside) return { ...whole, lastLines };
    } else if (isUnasked && (await container.hits.hasKilled())) {
      const ending = `was ended by ${memoryLimitInWords(memoryLimit, isShared)}`;
      const failure = new BulkheadError('MEMORY_LIMIT_EXCEEDED', { plugin, reason: ending });
      return { ...known, ending, lastLines, failure, limit: 'memory' };
    }
    return { ...known, ending: describeExit(info), lastLines, hints: hint === undefined ? hintsFor(info) : [hint] };
  }
}
