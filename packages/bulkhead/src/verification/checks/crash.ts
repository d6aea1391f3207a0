import { setTimeout as delay } from 'node:timers/promises';
import type { VerifiedProblem } from '../verification.ts';
import { type Check, fault, found, inapplicable, unexpected } from '../check.ts';
import { milliseconds } from '../words.ts';

/** What a call that is lost with its process may end by. */
const LOST = ['PLUGIN_CRASHED', 'GROUP_CRASHED', 'PLUGIN_DISCONNECTED', 'CONTAINER_FAILED'];

const SHORT_MILLISECONDS = 5;
const LONGEST_WAIT_MILLISECONDS = 1_000;

export const crash: Check = {
  name: 'crash',
  question: 'Does it come back after its process was killed in the middle of a call?',
  async run(subject) {
    await subject.probe(); // there is an instance, and it is idle
    const { instance, slowest } = subject;
    if (instance?.pid === undefined) return inapplicable('it is no process of its own that the host can see');
    const problems: VerifiedProblem[] = [];
    const running = slowest === undefined ? undefined : subject.call(slowest);
    const usual = slowest === undefined ? 0 : (subject.durations.get(slowest) ?? 0);
    // A short one is still on its way when its process ends.
    if (usual > SHORT_MILLISECONDS)
      await delay(Math.min(LONGEST_WAIT_MILLISECONDS, usual / 3), undefined, { signal: subject.signal });
    const killed = performance.now();
    try {
      process.kill(instance.pid, 'SIGKILL');
    } catch (error) {
      return inapplicable(`its process could not be killed: ${(error as Error).message}`);
    }
    const lost = await running;
    await subject.recording.ended(instance.generation);
    if (lost?.error !== undefined && !LOST.includes(lost.error.code))
      problems.push(unexpected(lost.error, 'The call whose process was killed'));
    const next = await subject.probe();
    const back = performance.now() - killed;
    if (next.error !== undefined) problems.push(unexpected(next.error, 'The call after the crash'));
    else if (subject.instance?.generation === instance.generation)
      problems.push(fault('The process that answers is the one that was killed.'));
    const start = subject.recording.starts.get(subject.instance?.generation ?? 0);
    const ended =
      lost === undefined
        ? ''
        : lost.error === undefined
          ? 'the call was answered; '
          : `the call ended by ${lost.error.code}; `;
    return found(
      `${ended}answered again ${milliseconds(back)} later${start === undefined ? '' : `, of which starting took ${milliseconds(start)}`}`,
      problems,
    );
  },
};
