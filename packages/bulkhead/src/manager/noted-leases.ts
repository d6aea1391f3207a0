import type { StateFolder } from '../environment/state-folder.ts';
import { Ledger } from '../launcher/ledger/ledger.ts';
import { isRecord } from '../lifecycle/is-record.ts';
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

/** Resources that are held or waited for in all running hosts with this state folder on this machine. */
export async function notedLeases(state: StateFolder): Promise<readonly HostedResource[]> {
  const notes = await readNotes(new Ledger(state.instances), LEASES);
  return notes.flatMap(({ host, text }) => parse(text).map((resource) => ({ ...resource, host })));
}

/** A host that is killed while it writes, or a disk that is full, leaves a part of a note; what can be read of the others counts. */
function parse(text: string): readonly NotedResource[] {
  try {
    const noted: unknown = JSON.parse(text);
    return Array.isArray(noted) ? noted.filter((each) => isNoted(each)) : [];
  } catch {
    return [];
  }
}

function isNoted(value: unknown): value is NotedResource {
  if (!isRecord(value)) return false;
  const { name, capacity, holders, waiting } = value;
  const isCapacity = capacity === null || typeof capacity === 'number';
  return typeof name === 'string' && isCapacity && isListOfClaims(holders) && isListOfClaims(waiting);
}

function isListOfClaims(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  return value.every(
    (claim: unknown) =>
      isRecord(claim) &&
      typeof claim['owner'] === 'string' &&
      (claim['mode'] === 'exclusive' || claim['mode'] === 'shared') &&
      typeof claim['amount'] === 'number' &&
      typeof claim['since'] === 'number',
  );
}
