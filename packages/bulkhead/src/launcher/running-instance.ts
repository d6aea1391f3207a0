import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';
import type { LogPayload } from '@bulkhead/protocol';
import type { BulkheadError } from '../errors/bulkhead-error.ts';
import type { ProcessIdentity } from '../lifecycle/process-identity.ts';
import type { LimitHolders } from './limits/limit-holders.ts';
import type { ReachedLimit } from './limits/overrun.ts';

/** One running copy of a plugin. */
export interface RunningInstance {
  readonly identity: InstanceIdentity;
  /** What holds each of its limits. */
  readonly limits?: LimitHolders;
  /** What a transport is built on. */
  readonly endpoint: Endpoint;
  /** Exists from the moment of spawn; never rejects. */
  readonly exited: Promise<ExitInfo>;
  /** Calls `listener` whenever the instance has written to standard output or standard error, also within a line. */
  onOutput?(listener: () => void): void;
  /** Told how to learn how many calls it has: where several share a process, that says who has ended it. */
  watchCalls?(inFlight: () => number): void;
  /** Gathers what the host knows of its end, for an error. */
  diagnose(): Promise<Diagnosis>;
  /** Makes a blocking system call of the plugin return, after a CANCEL. Only for an SDK that agreed on `interrupt_signal`. */
  interrupt?(): void;
  /** The limit that it has run into just now, if that is why it said so. @param said the exception that ended a call */
  overrun?(said: string): Promise<BulkheadError | undefined>;
  /** Why it can't answer although it runs, as the rest of a sentence; undefined: nothing is known to hold it. */
  heldBy?(): Promise<string | undefined>;
  /**
   * Makes a port of the loopback that it sees reachable at this machine's, where that is another. Undefined: it is the same.
   *
   * @param at the port here; 0: any that is free
   * @returns the port here. @throws the system's error when it is taken
   */
  reach?(port: number, at: number): Promise<number>;
  /** Undefined where the system does not tell, and of an instance that is gone. */
  vitals?(): Promise<Vitals | undefined>;
  /** Asks the plugin to end, then sends its process group TERM, then KILL. Idempotent: the first call's grace (ms) holds. */
  stop(reason: StopReason, grace: number): Promise<ExitInfo>;
}

/**
 * A `template` imports the plugin and is forked; a `spare` is a fork that waits until an instance is needed; a `group` runs several
 * plugins in threads.
 */
export type ProcessRole = 'instance' | 'template' | 'spare' | 'group';

export interface InstanceIdentity {
  /** Grows with each start of the same plugin, from 1. */
  readonly generation: number;
  /** How it is shown to people, such as `process 41`. */
  readonly name: string;
  /** Of an instance that is a process on this machine, or a thread of one. */
  readonly process?: ProcessIdentity;
}

/** What an instance uses of the machine. */
export interface Vitals {
  /** Milliseconds that all its threads have computed since its start, without the processes that it started. */
  readonly processorTime: number;
  /** Bytes in memory. */
  readonly memory: number;
  /** Whether its main thread computes, or would if a processor were free. */
  readonly isRunnable: boolean;
}

/** Where an instance is spoken to; transport/transport-for.ts knows which transport takes which kind. */
export type Endpoint =
  | SocketPair
  | OneStreamEndpoint
  | ZeromqEndpoint
  | ServiceEndpoint
  | GrpcEndpoint
  | ServedEndpoint
  | Address
  | MessagePortEndpoint;

/** Two connected stream sockets. */
export interface SocketPair {
  readonly kind: 'socket-pair';
  readonly data: Socket;
  readonly control: Socket;
}

/** One stream in each direction, which both channels share: standard output and input of the instance. */
export interface OneStreamEndpoint {
  readonly kind: 'one-stream';
  readonly readable: Readable;
  readonly writable: Writable;
}

/** Where the instance listens, each as a scheme and what that needs: `unix:/run/plugin/data`, `tcp://127.0.0.1:5555`. */
export interface Address {
  readonly kind: 'address';
  readonly data: string;
  readonly control: string;
}

/** The host's end of a channel to another thread of this process. */
export interface MessagePortEndpoint {
  readonly kind: 'message-port';
  readonly port: MessagePort;
}

/** What an instance serves gRPC on. */
export interface GrpcSocket {
  /** The package `@grpc/grpc-js`, whose types an application need not have; transport/grpc-client.ts knows them. */
  readonly grpc: object;
  /** Called once all connections are made: nobody else needs the socket. */
  readonly connected: () => void;
  /** Settles when nobody is at the other end any more. */
  readonly gone: Promise<unknown>;
}

/** ZeroMQ sockets that the instance connects to: one for each direction of each channel. */
export interface ZeromqEndpoint {
  readonly kind: 'zeromq';
  readonly data: ZeromqSockets;
  readonly control: ZeromqSockets;
  /** Called once the instance has connected to all of them. */
  readonly connected: () => void;
  /** Settles when nobody is at the other ends any more. */
  readonly gone: Promise<unknown>;
}

/** What is used of a socket of the package `zeromq`, whose types an application need not have. */
export interface ZeromqSocket {
  readonly closed: boolean;
  /** Whether a message is here. */
  readonly readable: boolean;
  /** Whether a peer is connected, and its queue not full. */
  readonly writable: boolean;
  /** Such as `curve`; null: it talks in the clear. */
  readonly securityMechanism: string | null;
  /** Milliseconds after which `receive` rejects with EAGAIN. */
  receiveTimeout: number;
  /** Milliseconds that what was sent is tried to be delivered once the socket is closed. */
  linger: number;
  readonly events: AsyncIterable<{ readonly type: string; readonly error?: Error }>;
  connect(address: string): void;
  /** One at a time. */
  send(parts: Buffer[]): Promise<void>;
  /** One at a time. */
  receive(): Promise<Buffer[]>;
  close(): void;
}

export interface ZeromqSockets {
  readonly toPlugin: ZeromqSocket;
  readonly toHost: ZeromqSocket;
}

/** A service that answers one request of ZeroMQ after the other, and knows nothing of sessions. */
export interface ServiceEndpoint {
  readonly kind: 'service';
  /** Where it listens, or will. */
  readonly address: string;
  readonly codec: 'json' | 'msgpack';
  /** Makes a socket that does not connect again by itself. */
  readonly open: () => ZeromqSocket;
  /** Milliseconds that nobody may listen there. */
  readonly patience: number;
  /** Settles when nobody is at the other end any more. */
  readonly gone: Promise<unknown>;
  /** Called when it has answered its last request: it can't be asked to end over its socket. */
  readonly dismiss: () => void;
  /** Called when the connection is closed; with the error, if that is why. */
  readonly closed: (error?: Error) => void;
}

/** Of an SDK, which speaks frames. */
export interface GrpcEndpoint extends GrpcSocket {
  readonly kind: 'grpc';
  /** Of the Unix socket. */
  readonly path: string;
}

/** Of a plugin without an SDK, which serves a service. */
export interface ServedEndpoint extends GrpcSocket {
  readonly kind: 'grpc-service';
  /** Rejects with the BulkheadError that says why it will never be known. */
  readonly address: Promise<GrpcAddress>;
  readonly contract: LoadedContract;
  readonly generation: number;
  /** Takes what a server of go-plugin prints, which it gives to its host over gRPC; undefined: it is no such server. */
  readonly output?: GoPluginOutput;
  /** Called when it has answered its last call, if it does not end by itself then. */
  readonly dismiss: () => void;
}

export interface GrpcAddress {
  /** As gRPC names it, such as `unix:/run/plugin`; it may not listen yet. */
  readonly target: string;
  /** Undefined: it talks in the clear. */
  readonly tls?: GrpcTls | undefined;
}

export interface GrpcTls {
  /** The host's, and its key, as PEM. */
  readonly certificate: string;
  readonly key: string;
  /** The server's, as DER. */
  readonly server: Uint8Array;
}

/** What an instance serves, as `@grpc/proto-loader` has loaded it; the transport knows the types. */
export interface LoadedContract {
  /** By name: services, messages, enums. */
  readonly definition: object;
  /** The descriptors of all files, of a service that is described by a file of the plugin; undefined: the typed service. */
  readonly files?: readonly object[];
}

export type GoPluginOutput = (stream: OutputLine['stream'], readable: Readable) => void;

/** `shutdown`: the plugin was asked over its session and may finish; `kill`: it is beyond asking. */
export type StopReason = 'shutdown' | 'kill';

export interface ExitInfo {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The stop that this exit answers, or undefined if the host did not ask for one. */
  readonly requested: StopReason | undefined;
}

export interface Diagnosis {
  /** Such as `exited with status 3` or `was ended by signal SIGSEGV`. */
  readonly ending: string;
  /** Last lines of its standard output and standard error, oldest first. */
  readonly lastLines: readonly string[];
  /** What may have caused it and what to do, where that is known. */
  readonly hints: readonly string[];
  /** The error that says so, where it is another than that the plugin crashed. */
  readonly failure?: BulkheadError | undefined;
  /** The limit of the registry that it was ended for. */
  readonly limit?: ReachedLimit | undefined;
  /** Whether it ended because its own code had closed its connection to the host. */
  readonly closedConnection: boolean;
}

/** One line that an instance wrote to standard output or standard error. */
export interface OutputLine {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  /** What it says, where a logger wrote it in a form that is known. */
  readonly record?: LogPayload | undefined;
}
