import type { ContainerEngine } from '../../engine/container-engine.ts';
import { settlesWithin } from '../../lifecycle/wait.ts';
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
import { exitOf, explainExit } from './describe-container.ts';
import type { ContainerSockets } from './socket-folder.ts';

/** Real-time signal that makes a blocking system call of the plugin return; see the protocol, "Cancel". */
const INTERRUPT_SIGNAL = 40;
/** Between TERM and KILL. */
const TERM_GRACE_MILLISECONDS = 1_000;
const DRAIN_MILLISECONDS = 500;
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
  /** Bytes; undefined: no limit of the registry. */
  readonly memoryLimit: number | undefined;
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
  #exit: { readonly info: ExitInfo; readonly container: ContainerExit } | undefined;
  /** Whether the kernel has ended a process of it for want of memory. */
  #ranOut = false;
  #stopping: Promise<ExitInfo> | undefined;
  #requested: StopReason | undefined;

  constructor(parts: ContainerParts) {
    this.#parts = parts;
    this.identity = parts.identity;
    const { data, control, lifeline } = parts.sockets;
    this.endpoint = { kind: 'socket-pair', data, control };
    this.#vitals = parts.identity.process === undefined ? undefined : new ProcessVitals(parts.identity.process);
    // This host holds it open while the plugin runs. If this host dies, the kernel closes it, and ends the plugin by that.
    lifeline.on('error', () => {});
    this.exited = parts.ended.then((container) => {
      const info = { ...exitOf(container), requested: this.#requested };
      this.#exit = { info, container };
      lifeline.destroy();
      this.#vitals?.close();
      return info;
    });
  }

  /** The kernel has ended a process of the container, which may be one that the plugin had started. */
  ranOutOfMemory(): void {
    this.#ranOut = true;
  }

  async diagnose(): Promise<Diagnosis> {
    const { plugin, output, memoryLimit } = this.#parts;
    if (this.#exit === undefined)
      return { ending: 'is still running', lastLines: output.lastLines, hints: [], closedConnection: false };
    await settlesWithin(output.drained, DRAIN_MILLISECONDS);
    const { info, container } = this.#exit;
    return {
      ...explainExit(info, container, { plugin, memoryLimit, ranOut: this.#ranOut }),
      lastLines: output.lastLines,
      closedConnection: hasClosedConnection(info),
    };
  }

  onOutput(listener: () => void): void {
    this.#parts.output.onArrival = listener;
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
