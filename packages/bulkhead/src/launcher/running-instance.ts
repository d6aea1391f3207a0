import type { Socket } from 'node:net';
import type { ReadyEnvironment } from '../environment/ready-environment.ts';
import type { ProcessIdentity } from '../lifecycle/process-identity.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';

/** How it runs, as opposed to how it talks. */
export interface Launcher {
  /** @throws BulkheadError `PLUGIN_LAUNCH_FAILED` when the system refuses to start it. */
  launch(
    environment: ReadyEnvironment,
    spec: PluginSpec,
    generation: number,
    signal: AbortSignal,
  ): Promise<RunningInstance>;
}

/** One running copy of a plugin. */
export interface RunningInstance {
  readonly identity: InstanceIdentity;
  /** What a transport is built on. */
  readonly endpoint: Endpoint;
  /** Exists from the moment of spawn; never rejects. */
  readonly exited: Promise<ExitInfo>;
  /** Gathers what is known of its end: goes into the error. */
  diagnose(): Promise<Diagnosis>;
  /** Wakes user code out of a blocking system call, after a CANCEL was sent. Does nothing where the platform can't. */
  interrupt(): void;
  /** Asks, then TERM, then KILL, the whole process group. Idempotent: the first call's grace (ms) holds. */
  stop(reason: StopReason, grace: number): Promise<ExitInfo>;
}

/** How an instance was started, and why so. */
export interface StartMode {
  readonly mode: 'spawn' | 'fork';
  readonly reason: string;
}

/** `template`: it imports the plugin, and is forked; `spare`: a fork that waits until an instance is needed. */
export type ProcessRole = 'instance' | 'template' | 'spare';

export interface InstanceIdentity extends ProcessIdentity {
  /** Grows with each start of the same plugin, from 1. */
  readonly generation: number;
}

/** Discriminated by `kind`; a transport says which kinds it takes. */
export type Endpoint = SocketPairEndpoint;

export interface SocketPairEndpoint {
  readonly kind: 'socket-pair';
  readonly data: Socket;
  readonly control: Socket;
}

/** `shutdown`: the plugin was asked over its session and may finish; `kill`: it is beyond asking. */
export type StopReason = 'shutdown' | 'kill';

export interface ExitInfo {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The stop that this exit answers, or undefined when nobody asked for it. */
  readonly requested: StopReason | undefined;
}

export interface Diagnosis {
  /** Such as `exited with status 3` or `was ended by signal SIGSEGV`. */
  readonly ending: string;
  /** Last lines of its standard output and standard error, oldest first. */
  readonly lastLines: readonly string[];
  /** What may have caused it and what to do, where that is known. */
  readonly hints: readonly string[];
}

/** One line that an instance wrote to standard output or standard error. */
export interface OutputLine {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}
