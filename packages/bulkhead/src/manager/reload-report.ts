/** Identifies one revision of a plugin. */
export interface RevisionSummary {
  /** Its manifest's. */
  readonly version: string | undefined;
  /** Of its newest instance; undefined: it has none. */
  readonly generation: number | undefined;
  /** Identity of its environment; undefined: that was not needed yet. */
  readonly environment: string | undefined;
}

/** What a reload has changed. Durations in milliseconds. */
export interface ReloadReport {
  readonly plugin: string;
  /** Undefined: its declaration had a mistake, or it was disabled. */
  readonly before: RevisionSummary | undefined;
  /** All of it is undefined if the plugin is disabled now. */
  readonly after: RevisionSummary;
  /** Whether the registry says so now: then nothing serves, and what served ends when it has answered its calls. */
  readonly disabled: boolean;
  /** Whether the environment had to be built; else it was found. */
  readonly rebuilt: boolean;
  /** From asking to the switch. */
  readonly duration: number;
  readonly environmentDuration: number;
  /** Starting the new instances and seeing that they answer. */
  readonly startDuration: number;
}

export function nameOf({ version, generation }: RevisionSummary): string {
  const number = generation === undefined ? '' : ` (generation ${generation})`;
  return `${version === undefined ? 'the version before' : `version ${version}`}${number}`;
}

/** One line for the log. */
export function describeReload({ before, after, rebuilt, disabled }: ReloadReport): string {
  if (disabled) return 'disabled';
  const versions =
    before === undefined || before.version === after.version ? [after.version] : [before.version, after.version];
  const version = versions.map((each) => each ?? 'no version').join(' -> ');
  return `${version}, generation ${after.generation}, environment ${rebuilt ? 'rebuilt' : 'found'}`;
}
