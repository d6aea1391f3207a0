import type { Readable } from 'node:stream';
import { LineSplitter } from './line-splitter.ts';
import type { OutputLine } from './running-instance.ts';

/** How many of the last lines are kept for errors. */
const KEPT_LINES = 40;

/** Reads what a process writes, always, so that it never blocks on a full pipe; passes each line on and keeps the last. */
export class OutputCapture {
  /** Resolves when both streams have ended. */
  readonly drained: Promise<void>;
  readonly #lastLines: string[] = [];

  constructor(streams: { readonly stdout: Readable; readonly stderr: Readable }, deliver: (line: OutputLine) => void) {
    const capture = async (stream: OutputLine['stream']): Promise<void> => {
      const splitter = new LineSplitter((text) => {
        this.#keep(text);
        deliver({ stream, text });
      });
      try {
        for await (const chunk of streams[stream]) splitter.push(chunk as Buffer);
      } catch {
        // The pipe broke together with the process: what was read is all there is.
      }
      splitter.end();
    };
    this.drained = Promise.all([capture('stdout'), capture('stderr')]).then(() => {});
  }

  get lastLines(): readonly string[] {
    return [...this.#lastLines];
  }

  #keep(line: string): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > KEPT_LINES) this.#lastLines.shift();
  }
}
