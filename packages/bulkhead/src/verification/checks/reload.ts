import type { VerifiedProblem } from '../verification.ts';
import { type Check, found, unexpected } from '../check.ts';
import { counted, milliseconds } from '../words.ts';

export const reload: Check = {
  name: 'reload',
  question: 'Is every call answered while it is reloaded?',
  async run(subject) {
    const { manager, id } = subject;
    const problems: VerifiedProblem[] = [];
    const reloading = manager.reload(id).then(
      ({ duration, after }) => ({ duration, generation: after.generation }),
      (error: unknown) => void problems.push(unexpected(error, 'The reload')),
    );
    let isOver = false;
    void reloading.then(() => (isOver = true));
    let made = 0;
    do {
      const { error } = await subject.probe();
      made += 1;
      if (error !== undefined) problems.push(unexpected(error, 'A call during the reload'));
    } while (!isOver && problems.length < 3);
    const report = await reloading;
    subject.signal.throwIfAborted();
    const { error } = await subject.probe();
    if (error !== undefined) problems.push(unexpected(error, 'The call after the reload'));
    return found(
      `${report === undefined ? 'it failed' : milliseconds(report.duration)}, ${counted(made, 'call')} meanwhile`,
      problems,
    );
  },
};
