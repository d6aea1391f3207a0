import type { LeaseOutcome } from './lease.ts';

/** Hears of leases; the manager never waits for it. Owners by name, times in milliseconds. */
export interface ResourceObserver {
  /** The resource was not free. `leaseGranted` or `leaseRefused` follows. */
  waitBegan(resource: string, owner: string): void;
  leaseGranted(resource: string, owner: string, waited: number): void;
  leaseEnded(resource: string, owner: string, outcome: LeaseOutcome, held: number): void;
  leaseRefused(resource: string, owner: string, reason: 'conflict' | 'deadlock' | 'ended', waited: number): void;
}

/** All its methods, to pass events on. */
export const RESOURCE_EVENTS: Readonly<Record<keyof ResourceObserver, true>> = {
  waitBegan: true,
  leaseGranted: true,
  leaseEnded: true,
  leaseRefused: true,
};
