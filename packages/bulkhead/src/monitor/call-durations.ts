import type { CallOutcome } from '../pool/pool-observer.ts';
import { type DurationLine, Durations } from './durations.ts';
import type { Exposition } from './exposition.ts';

/** Upper bounds in seconds; from a quick call to a model that thinks. */
const BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120];

/** The histogram of the calls. */
export class CallDurations {
  readonly #durations: Durations<'plugin_id' | 'action' | 'outcome'>;
  readonly #lines = new Map<string, Map<string, Map<CallOutcome, DurationLine>>>();

  constructor(exposition: Exposition) {
    const help =
      'Seconds from sending a call to an instance until its end, by outcome: ok; error, which the plugin raised; rejected, which is the fault of the input, and has an empty action; timeout; crashed; cancelled, which the caller chose. Without waiting for an instance, and without answers from the cache. One slow call is no alarm: models and reports take their time. Query: sum by (plugin_id) (rate(plugin_execution_seconds_count{outcome=~"error|timeout|crashed"}[5m]))';
    this.#durations = new Durations(exposition, { name: 'plugin_execution_seconds', help, buckets: BUCKETS });
  }

  observe(plugin: string, action: string, outcome: CallOutcome, seconds: number): void {
    const line = this.#lines.get(plugin)?.get(action)?.get(outcome) ?? this.#newLine(plugin, action, outcome);
    line.observe(seconds);
  }

  #newLine(plugin: string, action: string, outcome: CallOutcome): DurationLine {
    const line = this.#durations.line({ plugin_id: plugin, action, outcome });
    const actions = this.#lines.get(plugin) ?? new Map<string, Map<CallOutcome, DurationLine>>();
    const outcomes = actions.get(action) ?? new Map<CallOutcome, DurationLine>();
    this.#lines.set(plugin, actions.set(action, outcomes.set(outcome, line)));
    return line;
  }
}
