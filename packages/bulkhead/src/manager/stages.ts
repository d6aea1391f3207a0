import type { HookDescription } from '@bulkhead/protocol';
import type { EnvironmentChecks } from '../environment/contents/environment-checks.ts';
import type { Environments } from '../environment/environments.ts';
import type { LauncherStages } from '../launcher/launcher-for.ts';
import type { WorkInFlight } from '../lifecycle/work-in-flight.ts';
import type { EventLog } from '../monitor/event-log.ts';
import type { Places } from '../lifecycle/places.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import type { CallLease, LeaseRequest } from '../session/call-leases.ts';
import type { CallReceiver } from '../session/call-receiver.ts';
import type { HostCallRequest } from '../session/host-calls.ts';
import type { EnvironmentNotes } from './environment-notes.ts';
import type { HookingPlugin } from './hooking-plugin.ts';
import type { KnownDescriptions } from './known-descriptions.ts';
import type { HostObserver } from './plugin-observer.ts';
import type { PluginOutput } from './plugin-output.ts';

/** The stages that all plugins of one manager share. */
export interface Stages {
  readonly environments: Environments;
  /** The same for who looks for those of many plugins: it looks once at what is the same for all. */
  survey(): Environments;
  readonly launching: LauncherStages;
  readonly observer: HostObserver;
  readonly log: EventLog;
  readonly output: PluginOutput;
  /** What keeps the program from ending by itself. */
  readonly work: WorkInFlight;
  readonly startGate: Places;
  readonly environmentChecks: EnvironmentChecks;
  readonly environmentNotes: EnvironmentNotes;
  readonly descriptions: KnownDescriptions;
  readonly hooks: OfferedHooks;
  /** Calls another plugin for `plugin`, as a part of its call `caller`. */
  hostCall(plugin: PluginSpec, caller: CallReceiver, request: HostCallRequest, signal: AbortSignal): Promise<unknown>;
  /** Waits for a resource that `plugin` asks for in its call `caller`. */
  lease(plugin: PluginSpec, caller: CallReceiver, request: LeaseRequest, signal: AbortSignal): Promise<CallLease>;
}

/** Where a hosted plugin reports that its hooks have changed. */
export interface OfferedHooks {
  /**
   * Replaces a plugin's hooks by those that it has now.
   *
   * @throws BulkheadError `HOOK_NOT_OFFERED`, `HOOK_ORDER_UNSATISFIABLE`, `HOOK_ALREADY_REGISTERED`; then nothing has changed
   */
  replace(plugin: HookingPlugin, events: readonly string[], offered: readonly HookDescription[]): void;
  /** The hooks of a plugin are unknown again: the next run asks for them. */
  forget(plugin: HookingPlugin): void;
}
