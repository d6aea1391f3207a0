import type { LeaseOutcome } from './lease.ts';

/** Watches; nothing waits for it. Owners by name, times in milliseconds. */
export interface ResourceObserver {
  /** It could not be had at once; told of its end by `leaseGranted` or `leaseRefused`. */
  waitBegan(resource: string, owner: string): void;
  leaseGranted(resource: string, owner: string, waited: number): void;
  leaseEnded(resource: string, owner: string, outcome: LeaseOutcome, held: number): void;
  leaseRefused(resource: string, owner: string, reason: 'conflict' | 'deadlock' | 'ended', waited: number): void;
}

/** Its methods, for those who pass on what it is told. */
export const RESOURCE_EVENTS: Readonly<Record<keyof ResourceObserver, true>> = {
  waitBegan: true,
  leaseGranted: true,
  leaseEnded: true,
  leaseRefused: true,
};
