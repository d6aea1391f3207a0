import type { InstanceChannels } from '../../languages/instance-command.ts';

/** A descriptor of a child process: nothing, a new socket to this host, or one of this host's own. */
export type Descriptor = 'ignore' | 'pipe' | number;

/** Only this host has the other end of this descriptor, so its death ends the plugin; see the protocol, "Lifeline". */
export const LIFELINE = 5;
/** A template's own socket; see the protocol, "Templates". */
export const CHANNEL = 6;

export const INSTANCE_DESCRIPTORS: readonly Descriptor[] = ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'];

/** A template keeps 3 and 4 free for its forks, and accepts their sockets on `listener`. */
export function templateDescriptors(listener: number): readonly Descriptor[] {
  return ['ignore', 'pipe', 'pipe', 'ignore', 'ignore', 'pipe', 'pipe', listener];
}

export function channelsOf(descriptors: readonly Descriptor[]): InstanceChannels {
  return {
    endpoint: 'fd:3,4',
    lifeline: `fd:${LIFELINE}`,
    descriptors: descriptors.length,
    isTemplate: descriptors.length > INSTANCE_DESCRIPTORS.length,
  };
}
