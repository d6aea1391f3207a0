import type { ContainerEngine } from '../../engine/container-engine.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { settlesWithin } from '../../lifecycle/wait.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { hasClosedConnection } from '../process/describe-exit.ts';
import { ProcessVitals } from '../process/process-vitals.ts';
import type { OutputCapture } from '../output-capture.ts';
import type {
  Diagnosis,
  ExitInfo,
  InstanceIdentity,
  RunningInstance,
  SocketPair,
  StopReason,
  Vitals,
} from '../running-instance.ts';
import type { ContainerExit } from './container-exit.ts';
import { MOST_PROCESSES } from './container-request.ts';
import { exitOf, explainExit, memoryLimitInWords } from './describe-container.ts';
import { ProcessLimitHits } from './process-limit-hits.ts';
import type { ContainerSockets } from './socket-folder.ts';

/** Real-time signal that makes a blocking system call of the plugin return; see the protocol, "Cancel". */
const INTERRUPT_SIGNAL = 40;
/** Between TERM and KILL. */
const TERM_GRACE_MILLISECONDS = 1_000;
const DRAIN_MILLISECONDS = 500;
/** What happens to a process of a plugin shows in a call of it within this time. */
const SOON_MILLISECONDS = 2_000;
/** How Python says that there can be no other process or thread. */
const NO_PROCESS = /\[Errno 11\]|Resource temporarily unavailable|can't start new thread/;
/** An engine that does not take a signal in this time is left alone: the lifeline ends the plugin, too. */
const SIGNAL_MILLISECONDS = 5_000;

export interface ContainerParts {
  readonly plugin: string;
  readonly identity: InstanceIdentity;
  readonly engine: ContainerEngine;
  readonly id: string;
  readonly sockets: ContainerSockets;
  readonly output: OutputCapture;
  readonly ended: Promise<ContainerExit>;
  readonly limits: PluginSpec['launch']['resources'];
  /** Told when the host asks for its end. */
  readonly requested: () => void;
}

/** A plugin in a container of its own. */
export class ContainerInstance implements RunningInstance {
  readonly identity: InstanceIdentity;
  readonly endpoint: SocketPair;
  readonly exited: Promise<ExitInfo>;
  readonly #parts: ContainerParts;
  readonly #vitals: ProcessVitals | undefined;
  readonly #processLimit: ProcessLimitHits | undefined;
  #exit: { readonly info: ExitInfo; readonly container: ContainerExit; readonly ranOut: boolean } | undefined;
  /** When the kernel has ended a process of it for want of memory. */
  #ranOutAt = Number.NEGATIVE_INFINITY;
  #stopping: Promise<ExitInfo> | undefined;
  #requested: StopReason | undefined;

  constructor(parts: ContainerParts) {
    this.#parts = parts;
    this.identity = parts.identity;
    const { data, control, lifeline } = parts.sockets;
    for (const socket of [data, control, lifeline]) socket.unref(); // as those of a process that was spawned
    this.endpoint = { kind: 'socket-pair', data, control };
    const { process: plugin } = parts.identity;
    this.#vitals = plugin === undefined ? undefined : new ProcessVitals(plugin);
    this.#processLimit = plugin === undefined ? undefined : new ProcessLimitHits(plugin.pid);
    // This host holds it open while the plugin runs. If this host dies, the kernel closes it, and ends the plugin by that.
    lifeline.on('error', () => {});
    this.exited = parts.ended.then((container) => {
      const info = { ...exitOf(container), requested: this.#requested };
      this.#exit = { info, container, ranOut: this.#hasJustRunOut };
      lifeline.destroy();
      this.#vitals?.close();
      return info;
    });
  }

  /** The kernel has ended a process of the container, which may be one that the plugin had started. */
  ranOutOfMemory(): void {
    this.#ranOutAt = performance.now();
  }

  async diagnose(): Promise<Diagnosis> {
    const { plugin, output, limits } = this.#parts;
    if (this.#exit === undefined)
      return { ending: 'is still running', lastLines: output.lastLines, hints: [], closedConnection: false };
    await settlesWithin(output.drained, DRAIN_MILLISECONDS);
    const { info, container, ranOut } = this.#exit;
    return {
      ...explainExit(info, container, {
        plugin,
        memoryLimit: limits.memory,
        ranOut,
      }),
      lastLines: output.lastLines,
      closedConnection: hasClosedConnection(info),
    };
  }

  onOutput(listener: () => void): void {
    this.#parts.output.onArrival = listener;
  }

  async overrun(said: string): Promise<BulkheadError | undefined> {
    const { plugin, limits } = this.#parts;
    if (this.#hasJustRunOut) {
      this.#ranOutAt = Number.NEGATIVE_INFINITY;
      const reason = `lost a process that it had started to ${memoryLimitInWords(limits.memory)}`;
      return new BulkheadError('MEMORY_LIMIT_EXCEEDED', { plugin, reason });
    }
    if (!NO_PROCESS.test(said) || ((await this.#processLimit?.take()) ?? 0) === 0) return undefined;
    return new BulkheadError('PROCESS_LIMIT_EXCEEDED', { plugin, limit: limits.pids ?? MOST_PROCESSES });
  }

  async heldBy(): Promise<string | undefined> {
    const { engine, id } = this.#parts;
    const state = await engine.state(id, AbortSignal.timeout(SIGNAL_MILLISECONDS)).catch(() => undefined);
    return state?.Paused === true ? `its ${this.identity.name} is paused` : undefined;
  }

  vitals(): Promise<Vitals | undefined> {
    return Promise.resolve(this.#vitals?.read());
  }

  interrupt(): void {
    if (this.#exit !== undefined) return;
    const { process: plugin } = this.identity;
    try {
      if (plugin === undefined) throw new Error('its process is not seen from here');
      process.kill(plugin.pid, INTERRUPT_SIGNAL);
    } catch {
      // It runs as another user. Its first process passes the signal on.
      void this.#signal(String(INTERRUPT_SIGNAL));
    }
  }

  stop(reason: StopReason, grace: number): Promise<ExitInfo> {
    this.#stopping ??= this.#stop(reason, grace);
    if (reason === 'kill') this.#kill(reason);
    return this.#stopping;
  }

  get #hasJustRunOut(): boolean {
    return performance.now() - this.#ranOutAt < SOON_MILLISECONDS;
  }

  async #stop(reason: StopReason, grace: number): Promise<ExitInfo> {
    this.#request(reason);
    if (reason === 'shutdown' && !(await settlesWithin(this.exited, grace))) {
      void this.#signal('SIGTERM');
      if (!(await settlesWithin(this.exited, TERM_GRACE_MILLISECONDS))) this.#kill(reason);
    }
    return await this.exited;
  }

  #kill(reason: StopReason): void {
    if (this.#exit !== undefined) return;
    this.#request(reason);
    // Either is enough, and the lifeline needs no engine.
    this.#parts.sockets.lifeline.destroy();
    void this.#signal('SIGKILL');
  }

  #request(reason: StopReason): void {
    this.#requested = reason;
    this.#parts.requested();
  }

  async #signal(name: string): Promise<void> {
    const { engine, id } = this.#parts;
    await engine.signal(id, name, AbortSignal.timeout(SIGNAL_MILLISECONDS)).catch(() => undefined);
  }
}
