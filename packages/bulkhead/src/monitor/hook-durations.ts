import { type DurationLine, Durations } from './durations.ts';
import type { Exposition } from './exposition.ts';

/** Upper bounds in seconds. */
const BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];

/** The histogram of the batches of hooks, by event and owner. */
export class HookDurations {
  readonly #durations: Durations<'plugin_id' | 'event'>;
  /** By event and full name of the first hook, which is looked up without making a text. */
  readonly #byHook = new Map<string, Map<string, DurationLine>>();
  readonly #byOwner = new Map<string, Map<string, DurationLine>>();

  constructor(exposition: Exposition) {
    const help =
      'Seconds that a batch of hooks took, in which those of one plugin that follow each other run together; the plugin_id host stands for callbacks of the application. Query: sum by (event) (rate(bulkhead_hook_seconds_sum[5m])) / sum by (event) (rate(bulkhead_hook_seconds_count[5m]))';
    this.#durations = new Durations(exposition, { name: 'bulkhead_hook_seconds', help, buckets: BUCKETS });
  }

  observe(event: string, hook: string, seconds: number): void {
    (this.#byHook.get(event)?.get(hook) ?? this.#lineOf(event, hook)).observe(seconds);
  }

  #lineOf(event: string, hook: string): DurationLine {
    const owner = ownerOf(hook);
    const lines = this.#byOwner.get(event) ?? new Map<string, DurationLine>();
    const line = this.#durations.line({ plugin_id: owner, event });
    this.#byOwner.set(event, lines.set(owner, line));
    this.#byHook.set(event, (this.#byHook.get(event) ?? new Map<string, DurationLine>()).set(hook, line));
    return line;
  }
}

/** No owner has a point in its name. */
export function ownerOf(hook: string): string {
  return hook.slice(0, hook.indexOf('.'));
}
