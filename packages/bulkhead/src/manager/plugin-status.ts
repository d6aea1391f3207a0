import type { ActionDescription } from '@bulkhead/protocol';
import type { Health } from '../pool/instance-health.ts';
import type { PoolState } from '../pool/pool.ts';
import type { EnvironmentKind, Isolation } from '../registry/plugin-spec.ts';

/** What is known of one plugin now. Fields are undefined until its environment, or its instance, is ready. */
export interface PluginStatus {
  readonly id: string;
  readonly version: string | undefined;
  readonly folder: string | undefined;
  readonly isolation: Isolation | undefined;
  readonly environment: EnvironmentKind | undefined;
  /** `unusable`: its declaration has a mistake, see `problem`; otherwise the state of its pool. */
  readonly state: PoolState | 'unusable';
  readonly restarts: number;
  /** Version of its interpreter, such as `3.11.7`. */
  readonly python: string | undefined;
  /** Installed distributions, name to version. */
  readonly packages: Readonly<Record<string, string>> | undefined;
  readonly instance: { readonly pid: number; readonly generation: number; readonly health: Health } | undefined;
  /** The codec that its SDK uses: `c`, or `pure` where the C extension could not be had (yet). Both give the same answers. */
  readonly codec: string | undefined;
  /** What the plugin's `get_metadata` returned. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
  readonly actions: Readonly<Record<string, ActionDescription>> | undefined;
  /** Milliseconds: of making the environment ready (built or found), and from spawn to ready. */
  readonly timings: {
    readonly environment: number | undefined;
    readonly environmentBuilt: boolean | undefined;
    readonly start: number | undefined;
  };
  /** Why it can't be used, or why its last start or instance failed. */
  readonly problem: Error | undefined;
}
