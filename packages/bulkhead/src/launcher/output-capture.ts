import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HideSecrets } from '../lifecycle/hide-secrets.ts';
import { LineSplitter } from '../lifecycle/line-splitter.ts';
import { TurnBudget } from '../lifecycle/turn-budget.ts';
import { visibleLine } from '../lifecycle/visible-text.ts';
import type { OutputLine } from './running-instance.ts';

/** How many of the last lines are kept for errors. */
const KEPT_LINES = 40;

export type OutputStreams = Readonly<Record<OutputLine['stream'], Readable | Promise<Readable>>>;

/** Reads what a process writes, always, so that it never blocks on a full pipe; passes each line on and keeps the last. */
export class OutputCapture {
  /** Resolves when both streams have ended. */
  readonly drained: Promise<void>;
  readonly #lastLines: string[] = [];

  /** Each stream may come later; a promise of one that is rejected is a stream that says nothing. */
  constructor(streams: OutputStreams, hide: HideSecrets, deliver: (line: OutputLine) => void) {
    const capture = async (stream: OutputLine['stream']): Promise<void> => {
      const splitter = new LineSplitter();
      const budget = new TurnBudget();
      const take = async (lines: Iterable<string>): Promise<void> => {
        budget.enter();
        for (const line of lines) {
          const text = visibleLine(hide(line));
          this.#keep(text);
          deliver({ stream, text });
          if (!budget.isLeft) {
            await nextTurn(); // a million lines are no reason for others to wait
            budget.renew();
          }
        }
        budget.leave();
      };
      try {
        for await (const chunk of await streams[stream]) await take(splitter.push(chunk as Buffer));
      } catch {
        // The pipe broke together with the process: there is no more to read.
      }
      await take(splitter.end());
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
