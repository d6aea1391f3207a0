import type { CacheObserver } from '../cache/cache-observer.ts';
import type { Exposition } from './exposition.ts';
import { Counter, GaugeOnDemand } from './tally.ts';

/** Size of an action's cache now. */
export interface CacheSize {
  readonly plugin: string;
  readonly action: string;
  readonly entries: number;
  /** Of memory, about. */
  readonly bytes: number;
}

type Result = 'hit' | 'miss' | 'coalesced';

/** Counts what becomes of calls to pure actions, and looks how much is kept when it is asked. */
export class CacheMetrics implements CacheObserver {
  readonly #requests: Counter<'plugin_id' | 'action' | 'result'>;
  readonly #evictions: Counter<'plugin_id' | 'action' | 'reason'>;
  readonly #notKept: Counter<'plugin_id' | 'action' | 'reason'>;

  constructor(exposition: Exposition, sizes: () => readonly CacheSize[]) {
    this.#requests = new Counter(exposition, {
      name: 'bulkhead_cache_requests_total',
      help: 'Calls of pure actions, by result: hit, which a kept answer served; miss; coalesced, joined to an equal call under way. Few hits are no alarm: calls may just differ. Query: sum by (action) (rate(bulkhead_cache_requests_total{result="hit"}[5m])) / sum by (action) (rate(bulkhead_cache_requests_total[5m]))',
    });
    this.#evictions = new Counter(exposition, {
      name: 'bulkhead_cache_evictions_total',
      help: 'Kept answers that were given up, by reason: space or expired. Much for space means that the cache is too small. Query: sum by (plugin_id, action) (rate(bulkhead_cache_evictions_total{reason="space"}[1h]))',
    });
    this.#notKept = new Counter(exposition, {
      name: 'bulkhead_cache_bypasses_total',
      help: 'Calls of pure actions that the cache could do nothing for, by reason: input, which can not be looked up; answer, which can not be kept; size, which is too large. Query: sum by (action, reason) (increase(bulkhead_cache_bypasses_total[1d]))',
    });
    gauge(
      'bulkhead_cache_entries',
      'Answers that are kept now. Query: sum by (plugin_id) (bulkhead_cache_entries)',
      ({ entries }) => entries,
    );
    gauge(
      'bulkhead_cache_bytes',
      'Bytes of memory that kept answers take now, about. Query: sum(bulkhead_cache_bytes)',
      ({ bytes }) => bytes,
    );

    function gauge(name: string, help: string, of: (size: CacheSize) => number): void {
      new GaugeOnDemand(exposition, { name, help }, async () =>
        sizes().map((size) => [{ plugin_id: size.plugin, action: size.action }, of(size)] as const),
      );
    }
  }

  cacheHit(plugin: string, action: string): void {
    this.#count(plugin, action, 'hit');
  }

  cacheMissed(plugin: string, action: string): void {
    this.#count(plugin, action, 'miss');
  }

  cacheJoined(plugin: string, action: string): void {
    this.#count(plugin, action, 'coalesced');
  }

  cacheEvicted(plugin: string, action: string, reason: 'space' | 'expired'): void {
    this.#evictions.inc({ plugin_id: plugin, action, reason });
  }

  cacheBypassed(plugin: string, action: string, reason: 'input' | 'answer' | 'size'): void {
    this.#notKept.inc({ plugin_id: plugin, action, reason });
  }

  #count(plugin: string, action: string, result: Result): void {
    this.#requests.inc({ plugin_id: plugin, action, result });
  }
}
