import type { PluginState } from './plugin-status.ts';
import type { HostObserver, PluginObserver } from './plugin-observer.ts';

/** Tells of each change of a plugin's state. It looks after the events that may have changed it, once those have had their effect. */
export class StateWatch {
  readonly #stateOf: (plugin: string) => PluginState | undefined;
  readonly #changed: HostObserver['stateChanged'];
  readonly #known = new Map<string, PluginState>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly observer: PluginObserver;

  constructor(stateOf: (plugin: string) => PluginState | undefined, changed: HostObserver['stateChanged']) {
    this.#stateOf = stateOf;
    this.#changed = changed;
    const soon = (plugin: string): void => void setImmediate(() => this.look(plugin));
    this.observer = {
      startBegan: soon,
      instanceStarted: soon,
      instanceEnded: soon,
      reloadEnded: soon,
      restartDelayed: (plugin, delay) => {
        soon(plugin);
        this.#lookIn(plugin, delay);
      },
    };
  }

  look(plugin: string): void {
    const state = this.#stateOf(plugin);
    const before = this.#known.get(plugin) ?? 'idle';
    if (state === undefined || state === before) return;
    this.#known.set(plugin, state);
    this.#changed(plugin, state, before);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** What waits for a time is no event. A timer of a busy host may fire before its time. */
  #lookIn(plugin: string, milliseconds: number): void {
    const due = performance.now() + milliseconds;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const left = due - performance.now();
      if (left > 0) this.#lookIn(plugin, left);
      else this.look(plugin);
    }, milliseconds + 1).unref();
    this.#timers.add(timer);
  }
}
