/**
 * Every message that crosses the boundary, one direction each, as the array it is on the wire:
 * `[kind, id, ...]`. README.md in this package is the specification; this file is its typed form.
 */

/** The versions of this protocol that this package speaks, lowest and highest. */
export const PROTOCOL_RANGE: readonly [lowest: number, highest: number] = [1, 1];

/** Abilities beyond the bare protocol. A side uses one only when both have named it. */
export const FEATURES: readonly string[] = [
  'bodies',
  'arrays',
  'cancel',
  'progress',
  'streams',
  'host_calls',
  'input_streams',
  'concurrency',
  'debug',
  'resources',
  'interrupt_signal',
];

/** A binary value of more bytes than this leaves its frame and follows it as a raw body. */
export const BODY_THRESHOLD_BYTES = 65_536;

/** A host's limits on control, whose messages are all small: bytes of one frame, and values (see `FrameDecoderOptions`). */
export const CONTROL_LIMITS: { readonly frame: number; readonly values: number } = {
  frame: 1024 * 1024,
  values: 65_536,
};

/** The most values of one message until READY, whatever the host's limits: no answer needs more room yet. */
export const GREETING_VALUES = 262_144;

/** Of one stream: how many chunks its sender may be ahead of its receiver. */
export const STREAM_WINDOW_CHUNKS = 16;

/** Of one stream: with this many bytes ahead of its receiver, bodies included, its sender sends no further chunk. */
export const STREAM_WINDOW_BYTES: number = 1024 * 1024;

/** The most HOST_CALLs and ACQUIREs of one call in flight, plus the leases that it holds. */
export const MOST_REQUESTS_OF_CALL = 1024;

/** The numbers are part of the wire: never change or re-use one. */
export const Kind = {
  Hello: 1,
  Welcome: 2,
  Ready: 3,
  Call: 4,
  Result: 5,
  Failure: 6,
  Shutdown: 7,
  Bye: 8,
  Stream: 9,
  Chunk: 10,
  End: 11,
  Credit: 12,
  HostCall: 13,
  HostResult: 14,
  HostFailure: 15,
  InputChunk: 16,
  InputEnd: 17,
  InputCredit: 18,
  Acquire: 19,
  Release: 20,
  Cancel: 32,
  Ping: 33,
  Pong: 34,
  Log: 35,
  Progress: 36,
  Debug: 37,
  Debugging: 38,
} as const;

/** `data` carries calls and answers; `control` what must never wait behind them. */
export type Channel = 'data' | 'control';

/** Kinds from this number on travel on the control channel, all others on the data channel. */
const FIRST_CONTROL_KIND = 32;

export function channelOf(kind: number): Channel {
  return kind >= FIRST_CONTROL_KIND ? 'control' : 'data';
}

export interface HelloPayload {
  readonly protocol: readonly [lowest: number, highest: number];
  readonly features: readonly string[];
  /** `codec`: which of several codecs of the same answers it uses; the Python SDK has `c` and `pure`. */
  readonly sdk: { readonly name: string; readonly version: string; readonly codec?: string };
  readonly language: { readonly name: string; readonly version: string; readonly implementation?: string };
  /** Of a plugin that is a process. */
  readonly pid?: number;
  /** Identity of the environment that the instance was started in, as its launcher told it. */
  readonly environment: string;
  /** Which gates are closed, if it was told to close any. `landlock`: the version of the kernel's interface. */
  readonly sandbox?: {
    readonly landlock?: number;
    readonly seccomp?: boolean;
    readonly limits?: boolean;
    readonly namespaces?: boolean;
  };
}

export interface WelcomePayload {
  readonly protocol: number;
  readonly features: readonly string[];
  readonly plugin: string;
  readonly generation: number;
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Calls that the plugin is to run at the same time; 1 unless `concurrency` was agreed. */
  readonly concurrency: number;
  /** Largest frame and largest body, in bytes, that the host accepts, and how many values a frame may hold. */
  readonly limits: { readonly frame: number; readonly body: number; readonly values: number };
}

export interface ActionDescription {
  readonly description?: string;
  /** JSON Schema of the input, where the plugin's type hints allow one. */
  readonly input?: Readonly<Record<string, unknown>>;
  /** JSON Schema of the answer or, with `stream`, of each of its chunks, where a type hint allows one. Answers are not checked by it. */
  readonly output?: Readonly<Record<string, unknown>>;
  /** Whether the answer is known to be a stream. */
  readonly stream?: boolean;
  /** Whether running it twice does no harm: then a call that was lost with its instance may be sent again. */
  readonly idempotent?: boolean;
  /** That it is pure: equal inputs have equal answers, and nothing else comes of a call. Then answers may be kept. */
  readonly cache?: CacheDescription;
  /** Calls that its author shows: they may be made, and say what it is for. */
  readonly examples?: readonly ExampleDescription[];
}

/** A call that an author shows. */
export interface ExampleDescription {
  readonly input: unknown;
  /** What the call answers, where that is always the same; of a stream all its chunks. */
  readonly output?: unknown;
}

/** How long and how much of an action's answers is worth keeping; what is left out the host decides. */
export interface CacheDescription {
  /** Milliseconds. */
  readonly ttl?: number;
  readonly max_entries?: number;
  /** Of the host's memory. */
  readonly max_bytes?: number;
}

/** The action by which a host runs hooks. No action of a plugin's own has a name that begins with `@`. */
export const HOOKS_ACTION = '@hooks';

/** A method of the plugin through which the data of an event goes. */
export interface HookDescription {
  readonly event: string;
  /** Unlike that of the plugin's other hooks of the event. */
  readonly name: string;
  readonly priority?: number | null;
  readonly mode?: 'transform' | 'audit' | 'notify' | null;
  readonly before?: readonly string[] | null;
  readonly after?: readonly string[] | null;
  /** Milliseconds. */
  readonly timeout?: number | null;
  readonly on_error?: 'fail' | 'skip' | 'disable' | null;
}

/** The input of `HOOKS_ACTION`: the names of hooks that follow each other in a chain. */
export interface HooksInput {
  readonly event: string;
  readonly hooks: readonly string[];
  readonly data: unknown;
}

/** What `HOOKS_ACTION` answers. */
export interface HooksAnswer {
  /** How many of the hooks came to their end. */
  readonly completed: number;
  /** After those; left out where none of them was to change it. */
  readonly data?: unknown;
  /** What the next one did instead. */
  readonly ending?: HookEndingPayload;
}

export type HookEndingPayload =
  | { readonly kind: 'veto'; readonly reason: string }
  | { readonly kind: 'failure'; readonly failure: RemoteFailure }
  /** What it gave back can't go on; `reason` is a clause behind its name. */
  | { readonly kind: 'invalid'; readonly reason: string };

export interface ReadyPayload {
  /** What the plugin's `get_metadata` returned. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly actions: Readonly<Record<string, ActionDescription>>;
  readonly hooks?: readonly HookDescription[];
}

/** A failure as it crosses the wire. `cause` nests, outermost first. */
export interface RemoteFailure {
  /** A code of the error catalogue. */
  readonly code: string;
  readonly message: string;
  /** The exception's own type, such as `ValueError` or `shop.errors.OutOfStock`. */
  readonly type?: string;
  readonly traceback?: string;
  readonly cause?: RemoteFailure;
  /** What the exception carried in its `data` attribute, where that can be encoded. */
  readonly data?: unknown;
}

export interface LogPayload {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  /** The name of what the plugin logs with, such as a logger of Python's `logging`. */
  readonly logger?: string;
  /** Of the exception that the line is about. */
  readonly traceback?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Of which trace a call is a part, as the W3C's Trace Context writes it. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** How far a call has come. */
export interface ProgressPayload {
  /** Between 0 and 1. */
  readonly fraction?: number;
  readonly message?: string;
}

/** How a resource is wanted; the host has a default for each. */
export interface AcquirePayload {
  /** Milliseconds to wait. */
  readonly timeout?: number;
  readonly mode?: 'exclusive' | 'shared';
  readonly amount?: number;
  readonly priority?: number;
  /** Milliseconds after which the lease ends by itself. */
  readonly ttl?: number;
}

/** How a debugger is to be let in. */
export interface DebugPayload {
  /** Folder from which the plugin imports the debugger. */
  readonly path: string;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Where it can attach, or why not; later on, whether one is attached. */
export type DebuggingPayload =
  | { readonly host: string; readonly port: number }
  | { readonly error: string }
  | { readonly attached: boolean };

/** Host to plugin. */
export type HostMessage =
  | readonly [kind: typeof Kind.Welcome, id: 0, welcome: WelcomePayload]
  | readonly [
      kind: typeof Kind.Call,
      id: number,
      action: string,
      input: unknown,
      timeout?: number | null,
      /** The places of its input streams: keys of the input, or null where the stream is the input itself. */
      streams?: readonly (string | null)[],
      trace?: TraceContext,
    ]
  | readonly [kind: typeof Kind.InputChunk, id: number, stream: number, value: unknown]
  | readonly [kind: typeof Kind.InputEnd, id: number, stream: number]
  | readonly [kind: typeof Kind.Credit, id: number, count: number]
  | readonly [kind: typeof Kind.HostResult, id: number, value: unknown]
  | readonly [kind: typeof Kind.HostFailure, id: number, failure: RemoteFailure]
  | readonly [kind: typeof Kind.Shutdown, id: 0]
  | readonly [kind: typeof Kind.Cancel, id: number]
  | readonly [kind: typeof Kind.Ping, id: number]
  | readonly [kind: typeof Kind.Debug, id: number, request: DebugPayload];

/** Plugin to host. A FAILURE with id 0 says that the plugin could not start. */
export type PluginMessage =
  | readonly [kind: typeof Kind.Hello, id: 0, hello: HelloPayload]
  | readonly [kind: typeof Kind.Ready, id: 0, ready: ReadyPayload]
  | readonly [kind: typeof Kind.Result, id: number, value: unknown]
  | readonly [kind: typeof Kind.Failure, id: number, failure: RemoteFailure]
  | readonly [kind: typeof Kind.Stream, id: number]
  | readonly [kind: typeof Kind.Chunk, id: number, value: unknown]
  | readonly [kind: typeof Kind.End, id: number, value: unknown]
  | readonly [kind: typeof Kind.InputCredit, id: number, stream: number, count: number]
  | readonly [
      kind: typeof Kind.HostCall,
      id: number,
      call: number,
      plugin: string,
      action: string,
      input: unknown,
      options: { readonly timeout?: number; readonly traceparent?: string; readonly tracestate?: string },
    ]
  | readonly [kind: typeof Kind.Acquire, id: number, call: number, name: string, options: AcquirePayload]
  /** `id` is that of the ACQUIRE. */
  | readonly [kind: typeof Kind.Release, id: number, call: number]
  | readonly [kind: typeof Kind.Bye, id: 0]
  | readonly [kind: typeof Kind.Pong, id: number]
  | readonly [kind: typeof Kind.Log, id: number, log: LogPayload]
  | readonly [kind: typeof Kind.Progress, id: number, progress: ProgressPayload]
  | readonly [kind: typeof Kind.Debugging, id: number, debugging: DebuggingPayload];
