import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isRecord } from '../../lifecycle/is-record.ts';
import { makePrivateFolder } from '../../lifecycle/private-folder.ts';
import { writeAtomically } from '../../lifecycle/write-atomically.ts';

/** Answers of executables to the question who they are, by path, time and size of the file. */
export type Answers<Answer> = Record<string, Answer>;

/** The coarsest file systems note times of two seconds. */
const GRAIN_MILLISECONDS = 2_000;

/** Whether what was changed at that time (milliseconds since 1970) would have another time if it were changed again. */
export function isSettled(changed: number): boolean {
  return changed < Date.now() - GRAIN_MILLISECONDS;
}

/** Empty if the file is missing or damaged. */
export function readAnswers<Answer>(file: string): Answers<Answer> {
  try {
    const answers: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isRecord(answers) ? (answers as Answers<Answer>) : {};
  } catch {
    return {};
  }
}

/** If the file can't be written, the next start asks again; the next build reports the fault. */
export function keepAnswers(file: string, answers: Answers<unknown>): void {
  try {
    makePrivateFolder(dirname(file));
    writeAtomically(file, JSON.stringify(answers, undefined, 1));
  } catch {
    // they are asked again
  }
}
