import { severalAtOnce } from '../../lifecycle/several-at-once.ts';
import type { InterpreterQuestions } from './interpreter-questions.ts';

/** Asked at the same time: more would only wait for the disk and the few processors. */
const AT_ONCE = 4;

/** The answers by candidate, where somebody could be asked. Only executables that were never seen before cost a process. */
export async function askAll<Candidate extends { readonly path: string }, Answer>(
  candidates: readonly Candidate[],
  questions: InterpreterQuestions<Answer>,
  signal: AbortSignal,
): Promise<ReadonlyMap<Candidate, Answer | null>> {
  const answers = new Map<Candidate, Answer | null>();
  await severalAtOnce(AT_ONCE, candidates, async (candidate) => {
    answers.set(candidate, await questions.ask(candidate.path, signal));
  });
  questions.save();
  return answers;
}
