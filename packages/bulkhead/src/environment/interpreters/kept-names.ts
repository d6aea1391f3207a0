import { type Stats, statSync } from 'node:fs';
import { type Answers, isSettled, keepAnswers, readAnswers } from '../build/kept-answers.ts';
import { namesIn } from './names-in.ts';

/** What a folder held at one time. */
interface Listing {
  /** When it was last changed, and its number: as long as they stay, its names do. */
  readonly state: string;
  readonly names: readonly string[];
}

/**
 * The names in folders that may be those of interpreters. They are kept in a file: a PATH leads to folders with thousands of names, and
 * in Windows' Linux to folders of Windows, which take long to read.
 */
export class KeptNames {
  readonly #file: string;
  readonly #fitting: RegExp;
  #listings: Answers<Listing> | undefined;
  #changed = false;

  /** @param file that keeps the names @param fitting what the names of such interpreters are like */
  constructor(file: string, fitting: RegExp) {
    this.#file = file;
    this.#fitting = fitting;
  }

  in(folder: string): readonly string[] {
    const found = lookAt(folder);
    if (found === undefined) return [];
    const listings = (this.#listings ??= readAnswers(this.#file));
    const state = `${found.mtimeMs} ${found.ino}`;
    const known = listings[folder];
    if (known?.state === state) return known.names;
    const names = namesIn(folder).filter((name) => this.#fitting.test(name));
    if (isSettled(found.mtimeMs)) {
      listings[folder] = { state, names };
      this.#changed = true;
    }
    return names;
  }

  save(): void {
    if (this.#changed && this.#listings !== undefined) keepAnswers(this.#file, this.#listings);
    this.#changed = false;
  }
}

/** Undefined: it is not there, or can't be looked at. */
function lookAt(folder: string): Stats | undefined {
  try {
    return statSync(folder, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
