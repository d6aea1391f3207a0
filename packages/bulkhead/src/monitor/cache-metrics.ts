import { Counter, Gauge, type Registry } from 'prom-client';
import type { CacheObserver } from '../cache/cache-observer.ts';

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
  readonly #requests: Counter;
  readonly #evictions: Counter;
  readonly #notKept: Counter;

  constructor(registry: Registry, sizes: () => readonly CacheSize[]) {
    const registers = [registry];
    this.#requests = new Counter({
      name: 'plugin_cache_requests_total',
      help: 'Calls of pure actions: answered by what is kept, made, or joined to an equal one under way.',
      labelNames: ['plugin_id', 'action', 'result'],
      registers,
    });
    this.#evictions = new Counter({
      name: 'plugin_cache_evictions_total',
      help: 'Answers that are kept no more, for space or because they expired.',
      labelNames: ['plugin_id', 'action', 'reason'],
      registers,
    });
    this.#notKept = new Counter({
      name: 'plugin_cache_bypasses_total',
      help: 'Calls of pure actions that were not looked up (input), or whose answer can not be kept (answer) or is too large (size).',
      labelNames: ['plugin_id', 'action', 'reason'],
      registers,
    });
    gauge('plugin_cache_entries', 'Answers that are kept.', ({ entries }) => entries);
    gauge('plugin_cache_bytes', 'Memory that kept answers take, about.', ({ bytes }) => bytes);

    function gauge(name: string, help: string, of: (size: CacheSize) => number): Gauge {
      return new Gauge({
        name,
        help,
        labelNames: ['plugin_id', 'action'],
        registers,
        collect() {
          this.reset();
          for (const size of sizes()) this.set({ plugin_id: size.plugin, action: size.action }, of(size));
        },
      });
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
