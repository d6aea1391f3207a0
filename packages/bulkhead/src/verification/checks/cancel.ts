import { setTimeout as delay } from 'node:timers/promises';
import type { VerifiedProblem } from '../verification.ts';
import { type Check, found, inapplicable, unexpected, warning } from '../check.ts';
import type { Subject } from '../subject.ts';
import { milliseconds } from '../words.ts';
import { NOTHING_ANSWERED } from './nothing-to-call.ts';

/** Before a call is cancelled that takes long. */
const LONGEST_WAIT_MILLISECONDS = 2_000;

export const cancel: Check = {
  name: 'cancel',
  question: 'Can a call be cancelled, and the next one be answered?',
  async run(subject, tell) {
    const call = subject.slowest;
    if (call === undefined) return inapplicable(NOTHING_ANSWERED);
    const usual = subject.durations.get(call) ?? 0;
    const problems: VerifiedProblem[] = [];
    const seen: string[] = [];
    for (const wait of [0, Math.min(usual / 2, LONGEST_WAIT_MILLISECONDS)]) {
      tell(`${call.action}, cancelled after ${milliseconds(wait)}`);
      const generation = subject.instance?.generation;
      const ending = await cancelledCall(subject, wait);
      if (typeof ending === 'string') seen.push(`${wait === 0 ? 'at once' : `after ${milliseconds(wait)}`}: ${ending}`);
      else problems.push(ending);
      const next = await subject.probe();
      if (next.error !== undefined) problems.push(unexpected(next.error, 'The call after a cancelled one'));
      else if (subject.instance?.generation !== generation) {
        problems.push(ignored(call.action, subject.spec.calls.timeouts.cancelGrace));
        break;
      }
    }
    return found(`${call.action}, which takes ${milliseconds(usual)}, ${seen.join('; ')}`, problems);
  },
};

async function cancelledCall(subject: Subject, wait: number): Promise<VerifiedProblem | string> {
  const giveUp = new AbortController();
  const answer = subject.call(subject.slowest!, { signal: AbortSignal.any([giveUp.signal, subject.signal]) });
  await delay(wait, undefined, { signal: subject.signal });
  giveUp.abort();
  const { error } = await answer;
  if (error === undefined) return 'it had answered';
  return error.code === 'CALL_CANCELLED' ? 'cancelled' : unexpected(error, 'A cancelled call');
}

function ignored(action: string, grace: number): VerifiedProblem {
  return warning(
    `${action} did not let go of a cancelled call within ${milliseconds(grace)} (timeouts.cancel_grace): its instance was ended, and another started.`,
    'Let no `except` swallow `Cancelled`, and have long loops in C or without system calls look at `context.cancelled`.',
  );
}
