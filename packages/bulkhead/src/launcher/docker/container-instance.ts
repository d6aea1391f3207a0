import type { Socket } from 'node:net';
import type { ContainerEngine } from '../../engine/container-engine.ts';
import type { BulkheadError } from '../../errors/bulkhead-error.ts';
import { identifyInside, isStopped, type ProcessIdentity } from '../../lifecycle/process-identity.ts';
import { settlesWithin } from '../../lifecycle/wait.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { hasClosedConnection } from '../process/describe-exit.ts';
import { type LimitHolders, meansOfEngine } from '../limits/limit-holders.ts';
import { ProcessVitals } from '../process/process-vitals.ts';
import { DRAIN_MILLISECONDS, INTERRUPT_SIGNAL, InstanceStop } from '../instance-stop.ts';
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
import { LimitHits } from './limit-hits.ts';
import { reachPort } from './reach-port.ts';

/** An engine that does not take a signal in this time is left alone: the lifeline ends the plugin, too. */
const SIGNAL_MILLISECONDS = 5_000;

export interface ContainerParts {
  readonly plugin: string;
  readonly identity: InstanceIdentity;
  /** Of the container. */
  readonly name: string;
  readonly engine: ContainerEngine;
  readonly id: string;
  readonly lifeline: Socket;
  readonly output: OutputCapture;
  readonly ended: Promise<ContainerExit>;
  readonly limits: PluginSpec['launch']['resources'];
  /** See `ContainerCommand`. */
  readonly relay: (port: number) => readonly string[];
  /** Told when the host asks for its end. */
  readonly requested: () => void;
}

/** A container with a process of the plugin, which is its first but for the init: how it ends, and what it wrote before. */
export class Container implements Omit<RunningInstance, 'endpoint'> {
  readonly identity: InstanceIdentity;
  readonly exited: Promise<ExitInfo>;
  /** Resolves when its process has closed its lifeline, as the kernel does at its end. The engine tells later how it ended. */
  readonly gone: Promise<void>;
  readonly hits: LimitHits;
  readonly #parts: ContainerParts;
  readonly #vitals: ProcessVitals | undefined;
  readonly #stop: InstanceStop;
  /** Ports here, by those inside. */
  readonly #reached = new Map<number, Promise<number>>();
  #exit: { readonly info: ExitInfo; readonly container: ContainerExit; readonly ranOut: boolean } | undefined;

  constructor(parts: ContainerParts) {
    this.#parts = parts;
    const { identity, plugin, limits, lifeline, id } = parts;
    this.identity = identity;
    this.hits = new LimitHits({ id, plugin, limits, pid: identity.process?.pid });
    this.#vitals = identity.process === undefined ? undefined : new ProcessVitals(identity.process);
    this.#stop = new InstanceStop({
      exited: () => this.exited,
      terminate: () => void this.#signal('SIGTERM'),
      kill: () => this.#kill(),
      requested: parts.requested,
    });
    // This host holds it open while the plugin runs. If this host dies, the kernel closes it, and ends the plugin by that.
    lifeline.on('error', () => {}).resume(); // else Node would not see its end
    this.gone = new Promise((resolve) => lifeline.once('close', () => resolve()));
    void this.gone.then(() => this.hits.look()); // while its cgroup is still there
    this.exited = parts.ended.then(async (container) => {
      await this.hits.look();
      const info = { ...exitOf(container), requested: this.#stop.requested };
      this.#exit = { info, container, ranOut: this.hits.takeOutOfMemory() };
      lifeline.destroy();
      this.#vitals?.close();
      return info;
    });
  }

  /** Whether the engine has told how it ended. */
  get hasExited(): boolean {
    return this.#exit !== undefined;
  }

  /** Of the container. */
  get name(): string {
    return this.#parts.name;
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

  get limits(): LimitHolders {
    return meansOfEngine(this.#parts.limits);
  }

  onOutput(listener: () => void): void {
    this.#parts.output.onArrival = listener;
  }

  async overrun(said: string): Promise<BulkheadError | undefined> {
    return await this.hits.overrun(said, false);
  }

  /** @param until when nobody is to reach it any more */
  async reach(port: number, at: number, until: Promise<unknown> = this.exited): Promise<number> {
    const { engine, id, relay } = this.#parts;
    const known = this.#reached.get(port) ?? reachPort({ engine, id, relay: relay(port), ended: until }, at);
    this.#reached.set(port, known);
    const forget = (): boolean => this.#reached.delete(port);
    known.then(() => until.then(forget), forget);
    return await known;
  }

  async heldBy(): Promise<string | undefined> {
    const { engine, id } = this.#parts;
    const state = await engine.state(id, AbortSignal.timeout(SIGNAL_MILLISECONDS)).catch(() => undefined);
    return state?.Paused === true ? `its container ${this.name} is paused` : undefined;
  }

  /** Whether a signal has stopped its process. */
  isStopped(): boolean {
    const { process: plugin } = this.identity;
    return plugin !== undefined && isStopped(plugin.pid);
  }

  /** Who the child of its process is on this machine that has this pid inside. */
  identify(pid: number): ProcessIdentity | 'not told' | 'unseen' {
    const { process: plugin } = this.identity;
    return plugin === undefined ? 'unseen' : (identifyInside(pid, plugin.pid) ?? 'not told');
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
    return this.#stop.stop(reason, grace);
  }

  #kill(): void {
    if (this.#exit !== undefined) return;
    // Either is enough, and the lifeline needs no engine.
    this.#parts.lifeline.destroy();
    void this.#signal('SIGKILL');
  }

  async #signal(name: string): Promise<void> {
    const { engine, id } = this.#parts;
    await engine.signal(id, name, AbortSignal.timeout(SIGNAL_MILLISECONDS)).catch(() => undefined);
  }
}

/** A plugin in a container of its own. */
export class ContainerInstance extends Container implements RunningInstance {
  readonly endpoint: SocketPair;

  constructor(endpoint: SocketPair, parts: ContainerParts) {
    super(parts);
    this.endpoint = endpoint;
  }
}
