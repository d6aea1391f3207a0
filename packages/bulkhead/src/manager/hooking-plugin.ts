import type { HookDescription, HooksInput } from '@bulkhead/protocol';
import type { HideSecrets } from '../lifecycle/hide-secrets.ts';

/** A plugin as far as hooks are concerned. */
export interface HookingPlugin {
  readonly id: string;
  /** For the secrets that the plugin was given, in what it says. */
  readonly hide: HideSecrets;
  /** The events that it lists in `hooks`; undefined: a mistake in its declaration hides them. */
  readonly hookEvents: readonly string[] | undefined;
  /** Starts an instance to learn them, if none was ready yet. @throws BulkheadError as `Pool.start` */
  offeredHooks(): Promise<readonly HookDescription[]>;
  /** Runs hooks in one call. @returns what the plugin answered, unchecked @throws BulkheadError as `Pool.execute` */
  callHooks(input: HooksInput, limits: HookLimits): Promise<unknown>;
}

/** Milliseconds. */
export interface HookLimits {
  readonly timeout: number;
  /** Without a sign of life. */
  readonly idle: number;
  readonly signal: AbortSignal | undefined;
}
