import type { ProcessUse } from '../launcher/limits/plugin-limits.ts';
import type { Usage } from '../launcher/limits/usage.ts';
import type { Exposition } from './exposition.ts';
import { Counter, GaugeOnDemand } from './tally.ts';

/** Says what plugins use of the machine. It looks when it is asked, and at no other time. */
export class UsageMetrics {
  readonly #look: () => Promise<readonly ProcessUse[]>;
  /** Milliseconds of each process that runs, as last seen. */
  #times: ReadonlyMap<string, number> = new Map();
  /** The gauges of one text ask together. */
  #looking: Promise<readonly ProcessUse[]> | undefined;

  /** @param look measures the scratch folders, too */
  constructor(exposition: Exposition, look: () => Promise<readonly ProcessUse[]>) {
    this.#look = look;
    this.#gauge(
      exposition,
      'bulkhead_plugin_memory_bytes',
      'Bytes of memory that the processes of a plugin take now, with its templates, its spare forks and what it has started. Under a control group without file cache that the kernel would drop; otherwise memory that several processes share counts in each. Query: sum by (plugin_id) (bulkhead_plugin_memory_bytes)',
      ({ memory }) => memory,
    );
    this.#gauge(
      exposition,
      'bulkhead_plugin_tasks',
      'Processes and threads of a plugin now, which is what resources.pids counts. One that only grows tells of threads that nobody ends. Query: max by (plugin_id) (bulkhead_plugin_tasks)',
      ({ tasks }) => tasks,
    );
    this.#gauge(
      exposition,
      'bulkhead_plugin_scratch_bytes',
      'Bytes on disk in the scratch folders of a sandboxed plugin, which are emptied only when their process ends. Query: sum by (plugin_id) (bulkhead_plugin_scratch_bytes)',
      ({ disk }) => disk,
    );
    const name = 'bulkhead_plugin_processor_seconds_total';
    const help =
      'Seconds of processors that a plugin has computed; what a process does after the last look at it is not known. 1 each second is one processor. Query: sum by (plugin_id) (rate(bulkhead_plugin_processor_seconds_total[5m]))';
    const seconds: Counter<'plugin_id'> = new Counter(exposition, { name, help }, () => this.#addTimes(seconds));
  }

  #gauge(exposition: Exposition, name: string, help: string, of: (usage: Usage) => number | undefined): void {
    new GaugeOnDemand(exposition, { name, help }, async () =>
      (await this.#together()).flatMap(({ plugin, usage }) => {
        const value = of(usage);
        return value === undefined ? [] : [[{ plugin_id: plugin }, value] as const];
      }),
    );
  }

  async #addTimes(seconds: Counter<'plugin_id'>): Promise<void> {
    const times = new Map<string, number>();
    for (const { plugin, process, usage } of await this.#together()) {
      const key = `${process.pid} ${process.startTime}`;
      const before = this.#times.get(key) ?? 0;
      seconds.inc({ plugin_id: plugin }, Math.max(0, usage.processorTime - before) / 1_000);
      times.set(key, Math.max(before, usage.processorTime));
    }
    this.#times = times;
  }

  #together(): Promise<readonly ProcessUse[]> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }
}
