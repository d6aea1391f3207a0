import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { StateFolder } from '../state-folder.ts';
import { type Answers, isSettled, keepAnswers, readAnswers } from './kept-answers.ts';

/** A hash over files, and the states that they had when it was made. */
interface KeptHash {
  readonly states: string;
  readonly hash: string;
}

/** Hashes over files, kept in the state folder: to look at files takes a fraction of the time that it takes to read them. */
export class KeptHashes {
  readonly #file: string;
  #known: Answers<KeptHash> | undefined;

  constructor({ answers }: StateFolder) {
    this.#file = join(answers, 'hashes.json');
  }

  /**
   * What `make` has made of files, if they have not been changed since.
   *
   * @param files relative to the folder
   * @throws what `make` throws; the file system's error
   */
  async of(folder: string, files: readonly string[], make: () => Promise<string>): Promise<string> {
    const found = files.map((file) => statSync(join(folder, file)));
    // whoever changes a file can set all of these but the time of its last change
    const looks = found.map(({ size, mtimeMs, ctimeMs, ino }, index) => [files[index], size, mtimeMs, ctimeMs, ino]);
    const states = createHash('sha256').update(JSON.stringify(looks)).digest('hex');
    const known = (this.#known ??= readAnswers(this.#file));
    const kept = known[folder];
    if (kept?.states === states) return kept.hash;
    const hash = await make();
    if (!found.every(({ ctimeMs }) => isSettled(ctimeMs))) return hash;
    known[folder] = { states, hash };
    keepAnswers(this.#file, { ...readAnswers(this.#file), [folder]: known[folder] });
    return hash;
  }
}
