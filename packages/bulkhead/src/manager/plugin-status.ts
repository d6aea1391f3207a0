import type { ActionDescription, HelloPayload, HookDescription } from '@bulkhead/protocol';
import type { BulkheadError } from '../errors/bulkhead-error.ts';
import type { StartMode } from '../launcher/launcher.ts';
import type { ProcessUse } from '../launcher/limits/plugin-limits.ts';
import { type LimitHolders, meansInside } from '../launcher/limits/limit-holders.ts';
import { totalUsage, type Usage } from '../launcher/limits/usage.ts';
import type { DebuggerAddress } from '../pool/instance-debugging.ts';
import type { Health } from '../pool/instance-health.ts';
import type { PoolState } from '../pool/pool.ts';
import type { SupervisedInstance } from '../pool/supervised-instance.ts';
import type { EnvironmentKind, Isolation } from '../registry/plugin-spec.ts';

export interface InstanceStatus {
  /** How it is shown to people, such as `process 41`. */
  readonly name: string;
  /** Of an instance that is a process of its own on this machine. */
  readonly pid: number | undefined;
  /** Grows with each start of the plugin, over all of its instances. */
  readonly generation: number;
  /** `leaving`: it finishes the calls it has, and takes no others. */
  readonly state: 'idle' | 'busy' | 'leaving';
  /** Calls that it runs at the same time. */
  readonly concurrency: number;
  /** Calls that it was sent and has not answered. */
  readonly inFlight: number;
  /** Calls that it was sent. */
  readonly calls: number;
  /** Its health as seen from outside. */
  readonly health: Health;
  /** The codec that its SDK uses: `c`, or `pure` while the C extension is not available. Both give the same answers. */
  readonly codec: string | undefined;
  /** The gates that it has closed: those of its sandbox, or only its limits; undefined: none. */
  readonly sandbox: HelloPayload['sandbox'];
  /** What holds each of its `resources`. */
  readonly limits: LimitHolders;
  /** What it uses, with the processes that it has started; undefined where the system does not tell. */
  readonly usage: Usage | undefined;
  /** Where a debugger can attach; undefined: `debug` was not asked for. */
  readonly debugger: DebuggerAddress | undefined;
}

export function instanceStatus(instance: SupervisedInstance): InstanceStatus {
  const { identity, accepting, calls, health, start } = instance;
  const { inFlight, concurrency, sent } = calls;
  const state = accepting ? (inFlight === 0 ? 'idle' : 'busy') : 'leaving';
  return {
    name: identity.name,
    pid: identity.process?.pid,
    generation: identity.generation,
    state,
    concurrency,
    inFlight,
    calls: sent,
    health,
    codec: start.hello.sdk.codec,
    sandbox: start.hello.sandbox,
    limits: meansInside(instance.limits, start.hello.sandbox),
    usage: undefined,
    debugger: instance.debugger,
  };
}

/** `unusable`: its declaration has a mistake, see `problem`; `disabled`: by the registry; otherwise the state of its pool. */
export type PluginState = PoolState | 'unusable' | 'disabled';

/** The state of one plugin. Fields are undefined until its environment, or its instance, is ready. */
export interface PluginStatus {
  readonly id: string;
  readonly version: string | undefined;
  readonly folder: string | undefined;
  readonly isolation: Isolation | undefined;
  readonly environment: EnvironmentKind | undefined;
  readonly state: PluginState;
  /** Starts that followed a crash or a failed start. */
  readonly restarts: number;
  /** How its last instance was started, and why so. */
  readonly start: StartMode | undefined;
  /** Forks that wait until an instance is needed; they are not among `instances`. */
  readonly spare: number;
  /** Version of the Python that runs it, such as `3.11.7`; undefined of other plugins. */
  readonly python: string | undefined;
  /** Version of the Node that runs it, such as `22.18.0`; undefined of other plugins. */
  readonly node: string | undefined;
  /** Installed distributions, name to version. */
  readonly packages: Readonly<Record<string, string>> | undefined;
  /** Calls that wait until an instance takes them. */
  readonly waiting: number;
  /** The instances that are ready or on their way out, the oldest first. */
  readonly instances: readonly InstanceStatus[];
  /** What its processes use, templates and spare forks among them; undefined: none runs, or the system does not tell. */
  readonly usage: Usage | undefined;
  /** What the plugin's `get_metadata` returned. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
  readonly actions: Readonly<Record<string, ActionDescription>> | undefined;
  readonly hooks: readonly HookDescription[] | undefined;
  /** Milliseconds: of making the environment ready (built or found), and of starting the latest instance, until it was ready. */
  readonly timings: {
    readonly environment: number | undefined;
    readonly environmentBuilt: boolean | undefined;
    readonly start: number | undefined;
  };
  /** Why it can't be used, or why its last start or instance failed. */
  readonly problem: Error | undefined;
}

/** The status of a plugin with what its processes use. */
export function withUsage(status: PluginStatus, uses: readonly ProcessUse[]): PluginStatus {
  const own = uses.filter(({ plugin }) => plugin === status.id);
  if (own.length === 0) return status;
  return {
    ...status,
    instances: status.instances.map((instance) => ({
      ...instance,
      usage: own.find(({ process }) => process.pid === instance.pid)?.usage,
    })),
    usage: totalUsage(own.map(({ usage }) => usage)),
  };
}

/** What a plugin says of itself, whether or not it runs. */
export interface PluginDescription {
  readonly id: string;
  readonly version: string | undefined;
  /** Version of the Python that runs it, such as `3.11.7`; undefined of one of Node, or that a command of its own starts. */
  readonly python: string | undefined;
  /** Version of the Node that runs it, such as `22.18.0`; undefined of other plugins. */
  readonly node: string | undefined;
  /** What its `get_metadata` returned. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly actions: Readonly<Record<string, ActionDescription>>;
  readonly hooks: readonly HookDescription[];
}

/** Of a plugin whose declaration has a mistake, or that is disabled. */
export function unusableStatus(id: string, problem: BulkheadError): PluginStatus {
  return {
    id,
    version: undefined,
    folder: undefined,
    isolation: undefined,
    environment: undefined,
    state: problem.code === 'PLUGIN_DISABLED' ? 'disabled' : 'unusable',
    restarts: 0,
    start: undefined,
    spare: 0,
    python: undefined,
    node: undefined,
    packages: undefined,
    waiting: 0,
    instances: [],
    usage: undefined,
    metadata: undefined,
    actions: undefined,
    hooks: undefined,
    timings: { environment: undefined, environmentBuilt: undefined, start: undefined },
    problem,
  };
}
