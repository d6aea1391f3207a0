import type { ProgressSink, ProgressStep } from '../ready-environment.ts';

/** Silence after which a sign of life is given. */
const SILENCE = 5000;

/** Says what a build is doing, and after some seconds of silence that it still does. */
export class ProgressReporter {
  readonly #plugin: string;
  readonly #sink: ProgressSink;
  #step: ProgressStep = 'python';
  #message = '';
  #since = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(plugin: string, sink: ProgressSink) {
    this.#plugin = plugin;
    this.#sink = sink;
  }

  tell(step: ProgressStep, message: string): void {
    clearInterval(this.#timer);
    this.#step = step;
    this.#message = message;
    this.#since = Date.now();
    this.#timer = setInterval(() => this.#stillThere(), SILENCE).unref();
    this.#sink({ plugin: this.#plugin, step, message });
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #stillThere(): void {
    const seconds = Math.round((Date.now() - this.#since) / 1000);
    this.#sink({ plugin: this.#plugin, step: this.#step, message: `still ${this.#message} (${seconds} s)` });
  }
}
