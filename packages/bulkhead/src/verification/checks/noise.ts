import { setTimeout as delay } from 'node:timers/promises';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import { type Check, found, inapplicable, unexpected, warning } from '../check.ts';
import type { Printed } from '../recording.ts';
import { counted } from '../words.ts';
import { NOTHING_ANSWERED } from './nothing-to-call.ts';

const ROUNDS = 5;
const QUIET_MILLISECONDS = 30;

export const noise: Check = {
  name: 'noise',
  question: 'Does what it prints stay out of the way?',
  async run(subject) {
    const { printed } = subject.recording;
    const calls = subject.quick;
    await settled(printed);
    const before = printed.lines;
    if (calls.length === 0) {
      const { error } = await subject.probe();
      if (error !== undefined) return found('it does not answer', [unexpected(error)]);
      return before === 0 ? inapplicable(NOTHING_ANSWERED) : found(`${counted(before, 'line')} since its start`);
    }
    let made = 0;
    for (let round = 0; round < ROUNDS; round += 1)
      for (const call of calls) {
        const { error, duration } = await subject.call(call);
        made += 1;
        if (error !== undefined) return found(counted(made, 'call'), [unexpected(error, 'While it printed')]);
        subject.answered(call, duration);
      }
    await settled(printed);
    const lines = printed.lines - before;
    const saw = `${counted(lines, 'line')} in ${counted(made, 'call')}, ${counted(before, 'line')} before; all went to the log`;
    if (lines < made) return found(saw);
    const example = visibleLine(printed.last.at(-1) ?? '');
    const what = `It prints at each call: ${Math.round(lines / made)} lines, such as "${example.slice(0, 80)}".`;
    return found(saw, [
      warning(what, 'Each line costs the host time, and fills its log. Log with `context.log.debug`.'),
    ]);
  },
};

/** What is printed takes another way than answers, and may be behind them. */
async function settled(printed: Printed): Promise<void> {
  let before: number;
  do {
    before = printed.lines;
    await delay(QUIET_MILLISECONDS);
  } while (printed.lines > before);
}
