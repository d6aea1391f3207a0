import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HideSecrets } from '../lifecycle/hide-secrets.ts';
import { LineSplitter } from '../lifecycle/line-splitter.ts';
import { TurnBudget } from '../lifecycle/turn-budget.ts';
import { visibleLine } from '../lifecycle/visible-text.ts';
import { RedrawnLine } from './redrawn-line.ts';
import type { OutputLine } from './running-instance.ts';

/** How many of the last lines are kept for errors. */
const KEPT_LINES = 40;

export type OutputStreams = Readonly<Record<OutputLine['stream'], Readable | Promise<Readable>>>;

/** Reads what a process writes, always, so that it never blocks on a full pipe; passes each line on and keeps the last. */
export class OutputCapture {
  /** Called when bytes have arrived, whether or not they end a line. */
  onArrival: (() => void) | undefined;
  readonly #hide: HideSecrets;
  readonly #deliver: (line: OutputLine) => void;
  readonly #splitters: LineSplitter[] = [];
  readonly #ends: Promise<void>[] = [];
  readonly #lastLines: string[] = [];

  /** Each stream may come later; a promise of one that is rejected is a stream that says nothing. */
  constructor(streams: OutputStreams, hide: HideSecrets, deliver: (line: OutputLine) => void) {
    this.#hide = hide;
    this.#deliver = deliver;
    this.follow('stdout', streams.stdout);
    this.follow('stderr', streams.stderr);
  }

  /** Reads one stream more: what is written to the same of the two in another way. */
  follow(stream: OutputLine['stream'], readable: Readable | Promise<Readable>): void {
    const splitter = new LineSplitter();
    this.#splitters.push(splitter);
    this.#ends.push(this.#capture(stream, readable, splitter));
  }

  /** Resolves when all streams have ended. */
  get drained(): Promise<unknown> {
    return Promise.all(this.#ends);
  }

  /** With what stands in lines that have not ended yet. */
  get lastLines(): readonly string[] {
    const unfinished = this.#splitters.flatMap((splitter) => splitter.unfinished || []);
    return [...this.#lastLines, ...unfinished.map((line) => this.#visible(line))].slice(-KEPT_LINES);
  }

  async #capture(
    stream: OutputLine['stream'],
    readable: Readable | Promise<Readable>,
    splitter: LineSplitter,
  ): Promise<void> {
    const redrawn = new RedrawnLine((line) => this.#deliver({ stream, text: this.#visible(line) }));
    const budget = new TurnBudget();
    const take = async (lines: Iterable<string>): Promise<void> => {
      budget.enter();
      for (const line of lines) {
        const text = this.#visible(line);
        this.#keep(text);
        if (!redrawn.ended(line)) this.#deliver({ stream, text });
        if (!budget.isLeft) {
          await nextTurn(); // a million lines are no reason for others to wait
          budget.renew();
        }
      }
      if (splitter.isRedrawn) redrawn.drawn(splitter.unfinished);
      budget.leave();
    };
    try {
      for await (const chunk of await readable) {
        this.onArrival?.();
        await take(splitter.push(chunk as Buffer));
      }
    } catch {
      // The pipe broke together with the process: there is no more to read.
    }
    await take(splitter.end());
    redrawn.close();
  }

  #visible(line: string): string {
    return visibleLine(this.#hide(line));
  }

  #keep(line: string): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > KEPT_LINES) this.#lastLines.shift();
  }
}
