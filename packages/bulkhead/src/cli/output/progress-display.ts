import type { ProgressEvent } from '../../environment/ready-environment.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import type { Terminal } from './terminal.ts';

/** Shows progress on standard error. */
export interface ProgressDisplay {
  readonly sink: (event: ProgressEvent) => void;
  /** Prints a line that stays, above the progress. */
  print(line: string): void;
  /** Says no more of this plugin. */
  finished(plugin: string): void;
  /** Clears the progress. */
  close(): void;
}

/** Shorter work is not worth a line in a log. */
const QUIET_MILLISECONDS = 3000;

/** On a terminal one line that changes; elsewhere lines, once the work takes long; with `--json` nothing. */
export function showProgress({ error: output, json }: Terminal): ProgressDisplay {
  if (json) return { sink: () => {}, print: () => {}, finished: () => {}, close: () => {} };
  return output.isTerminal ? new StatusLine(output) : new ProgressLines(output);
}

class StatusLine implements ProgressDisplay {
  readonly #output: Terminal['error'];
  readonly #current = new Map<string, string>();
  #isShown = false;

  constructor(output: Terminal['error']) {
    this.#output = output;
  }

  readonly sink = ({ plugin, step, message }: ProgressEvent): void => {
    if (step === 'changed') return this.print(visibleLine(`${plugin}: ${message}`));
    this.#current.set(plugin, message);
    this.#draw();
  };

  print(line: string): void {
    this.#clear();
    this.#output.write(`${line}\n`);
    this.#draw();
  }

  finished(plugin: string): void {
    this.#current.delete(plugin);
    this.#draw();
  }

  close(): void {
    this.#current.clear();
    this.#draw();
  }

  #draw(): void {
    this.#clear();
    if (this.#current.size === 0) return;
    const line = [...this.#current].map(([plugin, message]) => `${plugin}: ${message}`).join(' · ');
    const most = this.#output.columns - 1;
    const shown = visibleLine(line);
    this.#output.write(this.#output.colours.dim(shown.length > most ? `${shown.slice(0, most - 1)}…` : shown));
    this.#isShown = true;
  }

  #clear(): void {
    if (this.#isShown) this.#output.write(CLEAR);
    this.#isShown = false;
  }
}

/** To the beginning of the line, and clear it (ECMA-48: CR, EL). */
const CLEAR = '\r\u001b[K';

class ProgressLines implements ProgressDisplay {
  readonly #output: Terminal['error'];
  readonly #from = Date.now() + QUIET_MILLISECONDS;

  constructor(output: Terminal['error']) {
    this.#output = output;
  }

  readonly sink = ({ plugin, step, message }: ProgressEvent): void => {
    if (Date.now() >= this.#from || step === 'changed') this.print(visibleLine(`${plugin}: ${message}`));
  };

  print(line: string): void {
    this.#output.write(`${line}\n`);
  }

  finished(): void {}

  close(): void {}
}
