import type { ReadyEnvironment } from '../environment/ready-environment.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import type { RunningInstance } from './running-instance.ts';

/** How one plugin's instances run, as opposed to how they talk. */
export interface Launcher {
  /** @throws BulkheadError `PLUGIN_LAUNCH_FAILED` when the system refuses to start it; or the signal's reason */
  launch(request: LaunchRequest): Promise<RunningInstance>;
  /** Does ahead of a start what can be done, such as importing the plugin. @throws BulkheadError as `launch` */
  prepareAhead?(request: LaunchRequest): Promise<void>;
  readonly status: LauncherStatus;
  /** Ends what does not belong to an instance; called once, when nothing is launched any more. */
  close(): Promise<void>;
}

export interface LaunchRequest {
  readonly environment: ReadyEnvironment;
  readonly spec: PluginSpec;
  /** Of the instance to be launched; 0 of none. */
  readonly generation: number;
  readonly signal: AbortSignal;
}

export interface LauncherStatus {
  /** Undefined until something was started. */
  readonly lastStart: StartMode | undefined;
  /** Instances that wait until they are needed. */
  readonly spares: number;
}

/** How an instance was started, and why so. */
export interface StartMode {
  readonly mode: 'spawn' | 'fork' | 'thread' | 'container';
  readonly reason: string;
}
