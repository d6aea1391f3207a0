import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isRecord } from '../../lifecycle/is-record.ts';
import { makePrivateFolder } from '../../lifecycle/private-folder.ts';
import { writeAtomically } from '../../lifecycle/write-atomically.ts';

/** What executables said of themselves, by whatever tells one state of an executable from another. */
export type Answers<Answer> = Record<string, Answer>;

/** Empty when there are none yet, or none that can be read. */
export function readAnswers<Answer>(file: string): Answers<Answer> {
  try {
    const answers: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isRecord(answers) ? (answers as Answers<Answer>) : {};
  } catch {
    return {};
  }
}

/** A state folder that can't be written costs the next start some time, and is reported when something is built. */
export function keepAnswers(file: string, answers: Answers<unknown>): void {
  try {
    makePrivateFolder(dirname(file));
    writeAtomically(file, JSON.stringify(answers, undefined, 1));
  } catch {
    // they are asked again
  }
}
