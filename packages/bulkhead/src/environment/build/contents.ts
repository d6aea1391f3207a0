import type { NodeRuntime, PythonRuntime } from '../ready-environment.ts';
import type { CompleteEnvironment } from './build-folders.ts';
import type { EnvironmentRecord, NodeParts, PythonParts } from './environment-record.ts';
import type { InstalledSource } from './installed-sources.ts';

/** What runs in an environment of the state folder. */
export type BuiltRuntime = PythonRuntime | NodeRuntime;

/** What was installed into an environment. */
export interface Installed {
  /** Name to version. */
  readonly packages: Readonly<Record<string, string>>;
  /** What came from this disk. */
  readonly sources: readonly InstalledSource[];
  readonly parts: PythonParts | NodeParts;
}

/** What environments of one language hold: a builder makes it, and this looks at it. */
export interface Contents<Runtime extends BuiltRuntime = BuiltRuntime> {
  read(prefix: string): Promise<Installed>;
  /** Whether two hold the same packages, in the same versions and from the same commits. */
  areSame(one: string, other: string): Promise<boolean>;
  /** Imports what the plugin asks for. @throws BulkheadError `TRIAL_IMPORT_FAILED` */
  tryOut(prefix: string, signal: AbortSignal): Promise<void>;
  /** Lets editors and other tools find it. @returns what to say of what could not be done, or was left to somebody else */
  offer(environment: CompleteEnvironment): Promise<string | undefined>;
  runtime(prefix: string, record: EnvironmentRecord): Runtime;
}
