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
  const waiting = [...candidates];
  const askInTurn = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        answers.set(next, await questions.ask(next.path, signal));
      } catch (error) {
        waiting.length = 0; // the others stop, too
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, askInTurn));
  questions.save();
  return answers;
}
