import { guarded, warnOnce } from '../lifecycle/guarded.ts';
import type { HostNote, Ledger } from '../launcher/ledger/ledger.ts';
import type { ResourceObserver } from '../resources/resource-observer.ts';
import type { ResourceStatus } from '../resources/resource-status.ts';
import { LEASES, type NotedResource } from './noted-leases.ts';

/** Changes within this time are written once, and shorter leases never. */
const SOON_MILLISECONDS = 100;

/** Writes down who holds and who waits for what, for `notedLeases` in other processes. */
export class LeaseNotes implements ResourceObserver {
  readonly #note: HostNote;
  readonly #status: () => readonly ResourceStatus[];
  #writing: NodeJS.Timeout | undefined;
  /** Names of owners are the application's: one may be a getter that throws. */
  readonly #writeGuarded = guarded(() => this.#write(), warnOnce('the name of an owner of a resource'));
  #isThere = false;
  #isClosed = false;

  constructor(ledger: Ledger, status: () => readonly ResourceStatus[]) {
    this.#note = ledger.note(LEASES);
    this.#status = status;
  }

  waitBegan(): void {
    this.#changed();
  }

  leaseGranted(): void {
    this.#changed();
  }

  leaseEnded(): void {
    this.#changed();
  }

  leaseRefused(): void {
    this.#changed();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#writing);
    this.#remove();
  }

  #changed(): void {
    if (this.#isClosed || this.#writing !== undefined) return;
    this.#writing = setTimeout(() => {
      this.#writing = undefined;
      this.#writeGuarded();
    }, SOON_MILLISECONDS).unref();
  }

  #write(): void {
    const resources = this.#status().filter(({ holders, waiting }) => holders.length + waiting.length > 0);
    if (resources.length === 0) return this.#remove();
    this.#isThere = true;
    this.#note.write(JSON.stringify(resources.map(noted)));
  }

  #remove(): void {
    if (this.#isThere) this.#note.remove();
    this.#isThere = false;
  }
}

/** With times of day, because a note is read later. */
function noted({ name, capacity, holders, waiting }: ResourceStatus): NotedResource {
  const now = Date.now();
  return {
    name,
    capacity: capacity ?? null,
    holders: holders.map(({ held, ...holder }) => ({ ...holder, since: Math.round(now - held) })),
    waiting: waiting.map(({ waited, ...waiter }) => ({ ...waiter, since: Math.round(now - waited) })),
  };
}
