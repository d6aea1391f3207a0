/** Hears what becomes of calls to pure actions; the cache never waits for it. */
export interface CacheObserver {
  cacheHit(plugin: string, action: string): void;
  /** The cache calls the plugin. */
  cacheMissed(plugin: string, action: string): void;
  /** The caller waits for an equal call under way. */
  cacheJoined(plugin: string, action: string): void;
  cacheEvicted(plugin: string, action: string, reason: 'space' | 'expired'): void;
  /** The `input` can't be a key, the `answer` can't be copied, or its `size` is larger than the whole cache. */
  cacheBypassed(plugin: string, action: string, reason: 'input' | 'answer' | 'size'): void;
}

/** All its methods, to pass events on. */
export const CACHE_EVENTS: Readonly<Record<keyof CacheObserver, true>> = {
  cacheHit: true,
  cacheMissed: true,
  cacheJoined: true,
  cacheEvicted: true,
  cacheBypassed: true,
};
