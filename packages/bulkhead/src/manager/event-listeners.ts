import { EventEmitter } from 'node:events';
import { guarded, warnOnce } from '../lifecycle/guarded.ts';
import { type HostObserver, observerOf, type PluginObserver } from './plugin-observer.ts';

/** The events of a manager, with their values: all that observers hear. */
export type PluginEvents = { [Event in keyof HostObserver]: Parameters<HostObserver[Event]> };

/** What the listeners of a manager are told. */
export interface Heard {
  readonly observer: PluginObserver;
  /** Whether anybody listens to it now. */
  isHeard(event: keyof PluginEvents): boolean;
}

/**
 * Tells listeners what happens in a host. They are called in the middle of its work, which waits for nothing: they should be quick.
 * What a listener throws, or what its promise rejects with, becomes a warning of the process, and changes nothing for others.
 */
export class EventListeners extends EventEmitter<PluginEvents> {
  /** Hears for the listeners; guarded, since each of them is. */
  protected readonly heard: Heard = {
    observer: observerOf((event, ...values) => {
      if (this.listenerCount(event) > 0) this.#tell(event, values);
    }),
    isHeard: (event) => this.listenerCount(event) > 0,
  };
  readonly #failed = new Map<string, (error: unknown) => void>();

  #tell(event: keyof PluginEvents, values: readonly unknown[]): void {
    // Not by `emit`: a listener that throws would end it, and the work that it was told of.
    const listeners = this.rawListeners(event) as readonly ((...values: readonly unknown[]) => unknown)[];
    for (const listener of listeners) guarded(listener, this.#failureOf(event))(...values);
  }

  #failureOf(event: string): (error: unknown) => void {
    const failed = this.#failed.get(event) ?? warnOnce(`a listener of "${event}"`);
    this.#failed.set(event, failed);
    return failed;
  }
}
