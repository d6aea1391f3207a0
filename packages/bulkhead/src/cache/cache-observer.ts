/** Watches; nothing waits for it. */
export interface CacheObserver {
  cacheHit(plugin: string, action: string): void;
  /** The plugin is called. */
  cacheMissed(plugin: string, action: string): void;
  /** An equal call was under way, and its answer is taken. */
  cacheJoined(plugin: string, action: string): void;
  cacheEvicted(plugin: string, action: string, reason: 'space' | 'expired'): void;
  /** Not looked for or not kept: the `input` can't be a key, the `answer` can't be kept, or is larger than all there is. */
  cacheBypassed(plugin: string, action: string, reason: 'input' | 'answer' | 'size'): void;
}

/** Its methods, for those who pass on what it is told. */
export const CACHE_EVENTS: Readonly<Record<keyof CacheObserver, true>> = {
  cacheHit: true,
  cacheMissed: true,
  cacheJoined: true,
  cacheEvicted: true,
  cacheBypassed: true,
};
