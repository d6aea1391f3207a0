import { type Check, found, inapplicable, unexpected } from '../check.ts';
import { milliseconds } from '../words.ts';
import { NOTHING_ANSWERED } from './nothing-to-call.ts';

/** The least that makes sense over a wire. */
const LEAST_MILLISECONDS = 1;
const MOST_MILLISECONDS = 2_000;

export const timeLimit: Check = {
  name: 'time limit',
  question: 'Does a call end at its time limit, and the next one get an answer?',
  async run(subject) {
    const call = subject.slowest;
    if (call === undefined) return inapplicable(NOTHING_ANSWERED);
    const timeout = Math.min(MOST_MILLISECONDS, Math.max(LEAST_MILLISECONDS, (subject.durations.get(call) ?? 0) / 4));
    const { error, duration } = await subject.call(call, { timeout });
    const next = await subject.probe();
    const isLate = error?.code === 'CALL_TIMEOUT';
    const ended = isLate ? `it ended after ${milliseconds(duration)}` : 'it was faster';
    return found(`${call.action} with a limit of ${milliseconds(timeout)}: ${ended}`, [
      ...(error === undefined || isLate ? [] : [unexpected(error, 'A call with a small time limit')]),
      ...(next.error === undefined ? [] : [unexpected(next.error, 'The call after one that took too long')]),
    ]);
  },
};
