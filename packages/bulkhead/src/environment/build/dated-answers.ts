import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../../lifecycle/is-record.ts';
import { makePrivateFolder } from '../../lifecycle/private-folder.ts';
import { writeAtomically } from '../../lifecycle/write-atomically.ts';
import { hashOf } from './identity.ts';

/** Answers of another form than this are not found. */
const FORM = 1;
const KEPT_MILLISECONDS = 7 * 24 * 3_600_000;
const OUTCOMES: readonly unknown[] = ['resolved', 'unsolvable', 'failed'];

/** Answers of resolvers, each in a file named by its question. Without a day to go back to, an answer holds on the day it was given. */
export class DatedAnswers<Answer extends { readonly outcome: 'resolved' | 'unsolvable' | 'failed' }> {
  readonly #folder: string;
  #isSwept = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param question all that decides the answer, as plain data */
  async find(question: object, asOf: string | undefined): Promise<Answer | undefined> {
    try {
      const found: unknown = JSON.parse(await readFile(this.#fileOf(question, asOf), 'utf8'));
      return isRecord(found) && OUTCOMES.includes(found['outcome']) ? (found as unknown as Answer) : undefined;
    } catch {
      return undefined; // missing or damaged: it is asked again
    }
  }

  async keep(question: object, asOf: string | undefined, answer: Answer): Promise<void> {
    try {
      makePrivateFolder(this.#folder);
      writeAtomically(this.#fileOf(question, asOf), JSON.stringify(answer));
      if (!this.#isSwept) await this.#sweep();
    } catch {
      // a disk that is full: it is asked again
    }
  }

  #fileOf(question: object, asOf: string | undefined): string {
    const day = asOf ?? new Date().toISOString().slice(0, 10);
    return join(this.#folder, `${hashOf(JSON.stringify([FORM, day, question]))}.json`);
  }

  async #sweep(): Promise<void> {
    this.#isSwept = true;
    for (const name of await readdir(this.#folder)) {
      const file = join(this.#folder, name);
      if (Date.now() - (await stat(file)).mtimeMs > KEPT_MILLISECONDS) await rm(file, { force: true });
    }
  }
}
