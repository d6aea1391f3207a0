import type { LanguageOptions } from '../../languages/command-for.ts';
import type { PluginProcesses } from './spawn-process.ts';

/** What starts processes, for all plugins of a host. */
export interface ProcessStages {
  readonly processes: PluginProcesses;
  readonly languages: LanguageOptions;
}
