import type { ResourceObserver } from '../resources/resource-observer.ts';
import { Durations } from './durations.ts';
import type { Exposition } from './exposition.ts';
import { Counter, Gauge } from './tally.ts';

/** Seconds. */
const WAIT_BUCKETS = [0.001, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120];

/** Counts leases and waits. A resource without a declared capacity gets no label of its own, because plugins may invent any number of names. */
export class ResourceMetrics implements ResourceObserver {
  readonly #declared: ReadonlySet<string>;
  readonly #leases: Gauge<'resource'>;
  readonly #waits: Durations<'resource'>;
  readonly #refusals: Counter<'resource' | 'reason'>;

  constructor(exposition: Exposition, declared: ReadonlySet<string>) {
    this.#declared = declared;
    this.#leases = new Gauge(exposition, {
      name: 'bulkhead_resource_leases',
      help: 'Leases that are held now. Resources without a declared capacity share the empty name. Query: bulkhead_resource_leases{resource="gpu"}',
    });
    this.#waits = new Durations(exposition, {
      name: 'bulkhead_resource_wait_seconds',
      help: 'Seconds from asking for a resource until having it. Query: histogram_quantile(0.9, sum by (resource, le) (rate(bulkhead_resource_wait_seconds_bucket[5m])))',
      buckets: WAIT_BUCKETS,
    });
    this.#refusals = new Counter(exposition, {
      name: 'bulkhead_resource_refusals_total',
      help: 'Resources that were asked for and not had, by reason: conflict, the time was over; deadlock; ended, the wait was given up, which is no alarm. Query: sum by (resource) (increase(bulkhead_resource_refusals_total{reason="deadlock"}[1h])) > 0',
    });
  }

  waitBegan(): void {
    // seen when it ends
  }

  leaseGranted(resource: string, _owner: string, waited: number): void {
    const labels = this.#labels(resource);
    this.#leases.inc(labels);
    this.#waits.observe(labels, waited / 1000);
  }

  leaseEnded(resource: string): void {
    this.#leases.dec(this.#labels(resource));
  }

  leaseRefused(resource: string, _owner: string, reason: 'conflict' | 'deadlock' | 'ended'): void {
    this.#refusals.inc({ ...this.#labels(resource), reason });
  }

  #labels(resource: string): { readonly resource: string } {
    return { resource: this.#declared.has(resource) ? resource : '' };
  }
}
