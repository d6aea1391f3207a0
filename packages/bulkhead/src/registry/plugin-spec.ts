/**
 * Registry entry and manifest merged, defaults filled, validated: plain data, grouped by the stage that reads it. Times are in
 * milliseconds, sizes in bytes.
 */
export interface PluginSpec {
  readonly id: string;
  readonly version: string | undefined;
  /** Absolute path of the plugin's folder. */
  readonly folder: string;
  /** Where the plugin was declared, for messages. */
  readonly source: SourcePosition;
  /** Handed to the plugin's `initialize`. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly environment: EnvironmentSpec;
  readonly launch: LaunchSpec;
  readonly pool: PoolSpec;
  readonly calls: CallSpec;
  /** How the answers of its pure actions are kept, action by action, where that differs from what they say; false: none is. */
  readonly cache: false | Readonly<Record<string, CacheSettings | false>>;
  /** The events that its hooks take part in. */
  readonly hooks: readonly string[];
}

/** Which packages it has, and what installs them. */
export interface EnvironmentSpec {
  readonly kind: EnvironmentKind;
  /** The Python that the registry asks for, such as `3.11`; undefined: what the plugin's `requires-python` allows. */
  readonly python: string | undefined;
  /** Requirements (PEP 508) that the registry adds to those of the plugin's own `pyproject.toml`. */
  readonly dependencies: readonly string[];
  /** Resolve packages as they were on this day: `YYYY-MM-DD`, or an RFC 3339 instant. */
  readonly asOf: string | undefined;
  /** Whether a build ends by importing what was asked for, to prove that it can be imported. */
  readonly trialImport: boolean;
  /** The plugins that share this environment, itself among them, in the order of the registry; undefined: it has its own. */
  readonly share: SharedEnvironment | undefined;
}

export interface SharedEnvironment {
  readonly name: string;
  /** Their own `share` is left undefined. */
  readonly members: readonly PluginSpec[];
}

/** How an instance comes into being. */
export interface LaunchSpec {
  /** Path of the file to run, relative to the plugin's folder. */
  readonly entryPoint: string;
  readonly isolation: Isolation;
  /** Each instance by itself, or forked from a template that has imported the plugin. */
  readonly start: StartKind;
  /** Environment variables of the plugin's process, besides the allow-listed ones of the host. */
  readonly variables: Readonly<Record<string, string>>;
  /** Docker only: the image to run. */
  readonly image: string | undefined;
  /** Docker only: what an instance may use. */
  readonly resources: { readonly memory?: number; readonly cpu?: number };
}

/** How many instances there are, and when one is replaced. */
export interface PoolSpec {
  readonly instances: {
    /** Kept warm, ahead of calls. */
    readonly min: number;
    /** Those that are being stopped count too. */
    readonly max: number;
    /** Forks that wait, uninitialised, until an instance is needed; they are no instances until then. */
    readonly spare: number;
  };
  /** An instance above `instances.min` is stopped after this long without a call; undefined: never. */
  readonly idleUnload: number | undefined;
  /** An instance is replaced by a fresh one after this many calls, or when it holds more than this much memory. */
  readonly recycle: { readonly calls?: number; readonly memory?: number };
  /** Whether a reload starts the new instances beside the old ones, or only when those have gone. */
  readonly reload: ReloadKind;
}

/** What bounds a call, and what a call may do. */
export interface CallSpec {
  readonly timeouts: PluginTimeouts;
  /** Calls that may wait or be in flight at the same time. */
  readonly queue: { readonly max: number };
  /** Calls that one instance runs at the same time, where its SDK can. */
  readonly concurrency: number;
  readonly limits: { readonly frame: number; readonly body: number };
  /** Ids of the plugins that it may call. */
  readonly mayCall: readonly string[];
}

export type Isolation = 'process' | 'docker';
export type StartKind = 'auto' | 'spawn' | 'fork';
export type ReloadKind = 'side_by_side' | 'stop_first';
export type EnvironmentKind = 'uv' | 'venv';

export interface PluginTimeouts {
  /** From `executePlugin` until an instance takes the call: building, starting and the wait for room included; undefined: no limit. */
  readonly queue: number | undefined;
  /** From spawn to READY. */
  readonly start: number;
  /** From sending a call to an instance to its answer; not the wait for an instance that has room for it. */
  readonly call: number;
  /** How long a call may show no progress, from sending it or its last sign of life; undefined: no limit. */
  readonly idle: number | undefined;
  /** How long a cancelled call may still run before its instance is replaced. */
  readonly cancelGrace: number;
  /** How long an instance may take to clean up when it is asked to stop, before it is ended. */
  readonly stop: number;
}

export interface CacheSettings {
  readonly ttl?: number;
  readonly maxEntries?: number;
  readonly maxBytes?: number;
}

/** 1-based. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
