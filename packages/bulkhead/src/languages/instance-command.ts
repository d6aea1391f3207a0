import type { Mount } from '../engine/inside.ts';

/** What starts a plugin: a program with its arguments, in the plugin's folder. */
export interface InstanceCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** All of its environment variables; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether it joins its control groups by itself. */
  readonly joinsGroups?: boolean;
}

/** What of this machine is made ready for a process that is kept to permissions or limits. */
export interface Confinement {
  /** The folder that it may write to; undefined: it may do what the user of the host may. */
  readonly scratch: string | undefined;
  /** The files by which it joins its control groups, before it does anything else: it writes `0` into each. */
  readonly groups: readonly string[];
}

/** The same in a container, whose image adds variables of its own. */
export interface ContainerCommand extends Pick<InstanceCommand, 'env'> {
  /** Undefined: what the image itself starts. */
  readonly program: ProgramInside | undefined;
  /** A program in the image that joins its standard input and output with a port of the loopback there. */
  readonly relay: (port: number) => readonly string[];
  readonly mounts: readonly Mount[];
}

export interface ProgramInside extends Pick<InstanceCommand, 'file' | 'args'> {
  /** The plugin's folder, inside. */
  readonly folder: string;
}

/** Of a process that serves at an address of its own, to which the host connects. */
export const NO_ENDPOINT = 'none';

/** What a process is started as, and over what it talks to its host: the values of the options that every SDK knows. */
export interface InstanceChannels {
  readonly endpoint: string;
  readonly lifeline: string | undefined;
  /** How many descriptors are meant for it. */
  readonly descriptors: number;
  /** `template`: it imports the plugin and forks its instances, in place of being one. `group`: it runs several in threads. */
  readonly runs: 'plugin' | 'template' | 'group';
}
