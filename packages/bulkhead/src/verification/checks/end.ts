import { readFile } from 'node:fs/promises';
import { INSTANCE_MARK } from '../../launcher/ledger/ledger.ts';
import { findMarkedProcesses } from '../../lifecycle/marked-processes.ts';
import type { VerifiedProblem } from '../verification.ts';
import { type Check, fault, found } from '../check.ts';
import { counted, milliseconds } from '../words.ts';

/** The last of them: nothing runs after it. */
export const end: Check = {
  name: 'end',
  question: 'Does it clean up and leave in time when it is asked to?',
  async run(subject) {
    const { manager, recording } = subject;
    const { instance } = subject;
    const before = recording.ends.length;
    const marks = new Set(await marksOf(instance?.pid));
    const began = performance.now();
    await manager.close();
    const took = performance.now() - began;
    if (instance === undefined) return found('nothing ran any more');
    const problems: VerifiedProblem[] = [];
    const { stop } = subject.spec.calls.timeouts;
    const ended = recording.ends.slice(before).find(({ generation }) => generation === instance.generation);
    const advice = 'Look at `cleanup`, at exit handlers, and at threads and processes that it leaves behind.';
    const [overdue] = recording.forced;
    if (overdue !== undefined) problems.push(fault(`It was ended by force: ${overdue}.`, advice));
    else if (ended !== undefined && !ended.description.startsWith('exited with status 0'))
      problems.push(fault(`It ${ended.description} when it was asked to end.`, advice));
    const left = await findMarkedProcesses(INSTANCE_MARK, marks);
    if (left.length > 0)
      problems.push(fault(`${counted(left.length, 'process', 'processes')} of it can't be ended.`, advice));
    return found(
      `${ended?.description ?? 'it ended'} after ${milliseconds(took)} (timeouts.stop: ${milliseconds(stop)})`,
      problems,
    );
  },
};

/** By which all that it has started can be found; none where the system shows no variables. */
async function marksOf(pid: number | undefined): Promise<string[]> {
  const variables = await readFile(`/proc/${pid ?? 'none'}/environ`, 'utf8').catch(() => '');
  return variables
    .split('\0')
    .flatMap((each) => (each.startsWith(`${INSTANCE_MARK}=`) ? [each.slice(INSTANCE_MARK.length + 1)] : []));
}
