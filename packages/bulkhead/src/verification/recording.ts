import type { InstanceIdentity } from '../launcher/running-instance.ts';
import { type Deferred, deferred } from '../lifecycle/deferred.ts';
import type { PluginObserver } from '../manager/plugin-observer.ts';
import type { PluginLine } from '../manager/plugin-output.ts';
import type { InstanceEnding } from '../pool/pool-observer.ts';

export interface RecordedEnd {
  readonly generation: number;
  readonly ending: InstanceEnding;
  /** As the rest of a sentence, such as `exited with status 0`. */
  readonly description: string;
}

/** What was printed, counted; of the lines only the last few are kept. */
export interface Printed {
  lines: number;
  characters: number;
  readonly last: string[];
}

const KEPT_LINES = 3;

/** What happens to the instances of the one plugin that is verified. */
export class Recording implements PluginObserver {
  readonly printed: Printed = { lines: 0, characters: 0, last: [] };
  readonly ends: RecordedEnd[] = [];
  /** Milliseconds of each start, by generation. */
  readonly starts: Map<number, number> = new Map();
  /** What took too long, of instances that were ended by force. */
  readonly forced: string[] = [];
  readonly #plugin: string;
  readonly #ending = new Map<number, Deferred<void>>();

  constructor(plugin: string) {
    this.#plugin = plugin;
  }

  log(plugin: string, _: InstanceIdentity, { stream, text }: PluginLine): void {
    if (plugin !== this.#plugin || stream === 'log') return;
    const { printed } = this;
    printed.lines += 1;
    printed.characters += text.length;
    printed.last.push(text);
    if (printed.last.length > KEPT_LINES) printed.last.shift();
  }

  instanceStarted(plugin: string, { generation }: InstanceIdentity, duration: number): void {
    if (plugin === this.#plugin) this.starts.set(generation, duration);
  }

  instanceEnded(plugin: string, { generation }: InstanceIdentity, ending: InstanceEnding, description: string): void {
    if (plugin !== this.#plugin) return;
    this.ends.push({ generation, ending, description });
    this.#ended(generation).resolve();
  }

  /** Resolves when that instance has ended. */
  async ended(generation: number): Promise<void> {
    await this.#ended(generation).promise;
  }

  #ended(generation: number): Deferred<void> {
    const waiting = this.#ending.get(generation) ?? deferred<void>();
    this.#ending.set(generation, waiting);
    return waiting;
  }

  instanceForced(plugin: string, _: InstanceIdentity, overdue: string): void {
    if (plugin === this.#plugin) this.forced.push(overdue);
  }
}
