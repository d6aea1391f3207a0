import type { InstanceChannels } from '../../languages/instance-command.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';

/** A descriptor of a child process: nothing, a new socket to this host, Node's own channel, or one of this host's own. */
export type Descriptor = 'ignore' | 'pipe' | 'ipc' | number;

/** What a process is given to talk to its host with. */
export interface Wiring {
  /** By number. */
  readonly descriptors: readonly Descriptor[];
  /** As the SDK's option. */
  readonly endpoint: string;
  /** Only this host has the other end of this descriptor, so its death ends the plugin; see the protocol, "Lifeline". */
  readonly lifeline: number | undefined;
  readonly runs?: InstanceChannels['runs'];
}

/** A template's own socket; see the protocol, "Templates". */
export const CHANNEL = 6;

/** Two sockets, data and control. */
export const SOCKETS: Wiring = {
  descriptors: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
  endpoint: 'fd:3,4',
  lifeline: 5,
};

/** Standard input and output. */
export const STANDARD_STREAMS: Wiring = {
  descriptors: ['pipe', 'pipe', 'pipe', 'pipe'],
  endpoint: 'stdio',
  lifeline: 3,
};

/** The same of a program that may be anything: it is given nothing that it does not expect. */
export const STANDARD_STREAMS_ONLY: Wiring = {
  descriptors: ['pipe', 'pipe', 'pipe'],
  endpoint: 'stdio',
  lifeline: undefined,
};

/** Adds what the bootstrap hands the socket of the plugin's proxy over by; see the SDK's _sandbox/way_out.py. */
export function withChannel(wiring: Wiring, { launch: { confined, permissions } }: PluginSpec): Wiring {
  if (!confined || !Array.isArray(permissions?.network)) return wiring;
  return { ...wiring, descriptors: [...wiring.descriptors, 'ipc'] };
}

/** Sockets that the process makes itself. `isOwn`: it is one that Bulkhead starts, and so expects a lifeline. */
export function ownSocketsWiring(endpoint: string, isOwn: boolean): Wiring {
  return isOwn
    ? { descriptors: ['ignore', 'pipe', 'pipe', 'pipe'], endpoint, lifeline: 3 }
    : { descriptors: ['ignore', 'pipe', 'pipe'], endpoint, lifeline: undefined };
}

/** A template keeps 3 and 4 free for its forks, and accepts their sockets on `listener`. */
export function templateWiring(listener: number): Wiring {
  return {
    ...SOCKETS,
    descriptors: ['ignore', 'pipe', 'pipe', 'ignore', 'ignore', 'pipe', 'pipe', listener],
    runs: 'template',
  };
}

/** A group accepts the sockets of its plugins on `listener`. */
export function groupWiring(listener: number): Wiring {
  return { ...templateWiring(listener), runs: 'group' };
}

export function channelsOf({ descriptors, endpoint, lifeline, runs = 'plugin' }: Wiring): InstanceChannels {
  return {
    endpoint,
    lifeline: lifeline === undefined ? undefined : `fd:${lifeline}`,
    descriptors: descriptors.length,
    runs,
  };
}
