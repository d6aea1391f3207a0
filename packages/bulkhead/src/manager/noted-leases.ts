import type { StateFolder } from '../environment/state-folder.ts';
import { Ledger } from '../launcher/ledger/ledger.ts';
import { type HostState, readNotes } from '../launcher/ledger/read-ledger.ts';
import type { HolderStatus, WaiterStatus } from '../resources/resource-status.ts';

/** The kind of note in which a host writes down its leases. */
export const LEASES = 'leases';

/** A resource that is held or waited for, as its host has written it down; `since` in milliseconds of the epoch. */
export interface NotedResource {
  readonly name: string;
  readonly capacity: number | null;
  readonly holders: readonly (Omit<HolderStatus, 'held'> & { readonly since: number })[];
  /** In the order in which they will be served. */
  readonly waiting: readonly (Omit<WaiterStatus, 'waited'> & { readonly since: number })[];
}

export interface HostedResource extends NotedResource {
  readonly host: HostState;
}

/** What is held and waited for in all running hosts with this state folder on this machine. */
export async function notedLeases(state: StateFolder): Promise<readonly HostedResource[]> {
  const notes = await readNotes(new Ledger(state.instances), LEASES);
  return notes.flatMap(({ host, text }) => parse(text).map((resource) => ({ ...resource, host })));
}

/** A note that was removed while it was read is none. */
function parse(text: string): readonly NotedResource[] {
  return text === '' ? [] : (JSON.parse(text) as readonly NotedResource[]);
}
