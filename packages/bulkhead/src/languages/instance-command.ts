/** What starts a plugin: a program with its arguments, in the plugin's folder. */
export interface InstanceCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** All of its environment variables; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a process is started as, and over what it talks to its host: the values of the options that every SDK knows. */
export interface InstanceChannels {
  readonly endpoint: string;
  readonly lifeline: string;
  /** How many descriptors are meant for it. */
  readonly descriptors: number;
  /** Whether it imports the plugin and forks its instances, in place of being one. */
  readonly isTemplate: boolean;
}
