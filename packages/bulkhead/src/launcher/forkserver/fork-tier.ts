import type { Launcher, LaunchRequest, StartMode } from '../launcher.ts';
import type { RunningInstance } from '../running-instance.ts';
import type { Template } from './template.ts';

/** Where the templates and instances of a plugin run: on this machine, or in containers. */
export interface ForkTier extends Pick<Launcher, 'close'> {
  /** Why this instance is not to be forked; undefined: it may be. */
  whyAlone(request: Pick<LaunchRequest, 'environment' | 'spec'>, isFirst: boolean): string | undefined;
  /** Why there can be no forks at all, as the system says; undefined: there can. */
  problem(): Promise<string | undefined>;
  /** Starts an instance that imports the plugin itself. @throws BulkheadError as `Launcher.launch` */
  startAlone(request: LaunchRequest, reason: string): Promise<StartedInstance>;
  /** Starts a template, which then imports the plugin. @throws BulkheadError as `Launcher.launch` */
  startTemplate(request: LaunchRequest): Promise<Template>;
}

export interface StartedInstance {
  readonly instance: RunningInstance;
  readonly start: StartMode;
}
