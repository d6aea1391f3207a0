import { isDeepStrictEqual } from 'node:util';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import type { VerifiedProblem } from '../verification.ts';
import { type Check, fault, found, inapplicable, unexpected, warning } from '../check.ts';
import type { PlannedCall } from '../inputs/call-plan.ts';
import { Schema } from '../inputs/schema.ts';
import type { Outcome, Subject } from '../subject.ts';
import { counted, shownValue } from '../words.ts';
import { NOTHING_TO_CALL } from './nothing-to-call.ts';

export const actions: Check = {
  name: 'actions',
  question: 'Does each action answer, as its schema and its examples say?',
  async run(subject, tell) {
    const { calls } = subject.plan;
    if (calls.length === 0) return inapplicable(NOTHING_TO_CALL);
    const problems: VerifiedProblem[] = [];
    let raised = 0;
    for (const [index, call] of calls.entries()) {
      tell(`${call.action}, input ${index + 1} of ${calls.length}`);
      const outcome = await subject.call(call);
      if (outcome.error === undefined) subject.answered(call, outcome.duration);
      // Made-up input may well name what does not exist.
      if (outcome.error?.code === 'PLUGIN_RAISED' && !call.isExample) raised += 1;
      else problems.push(...judged(subject, call, outcome));
    }
    const named = new Set(calls.map(({ action }) => action)).size;
    const refused = raised === 0 ? '' : `; ${counted(raised, 'made-up input')} raised, as they may`;
    return found(`${counted(calls.length, 'call')} of ${counted(named, 'action')}${refused}`, problems);
  },
};

function judged({ description }: Subject, call: PlannedCall, outcome: Outcome): VerifiedProblem[] {
  const described = description?.actions[call.action];
  const name = `${call.action}(${shownValue(call.input)})`;
  if (outcome.error !== undefined) {
    const isRefused = outcome.error.code === 'INPUT_REJECTED';
    // An example that does not fit its own schema is refused with right; the check before this one has told.
    if (isRefused && !new Schema(described?.input ?? {}).fits(call.input)) return [];
    if (!isRefused || call.isExample) return [unexpected(outcome.error, name)];
    const what = `${name} is refused although it fits the schema: ${outcome.error.message}`;
    return [warning(what, 'Say in the schema what else the input has to be, or give an example.')];
  }
  if (call.output !== undefined && !isDeepStrictEqual(outcome.value, call.output.value)) {
    const what = `${name} answered ${shownValue(outcome.value)}; its example says ${shownValue(call.output.value)}.`;
    return [fault(what, 'Mend the action, or its example.')];
  }
  const { output, stream } = described ?? {};
  const schema = new Schema(output ?? {});
  const answers = stream === true && Array.isArray(outcome.value) ? (outcome.value as unknown[]) : [outcome.value];
  const misfit = answers.map((answer) => schema.misfit(answer)).find((why) => why !== undefined);
  if (misfit === undefined) return [];
  const what = `${name} answered ${shownValue(outcome.value)}, which its schema does not allow: ${visibleLine(misfit)}`;
  return [fault(what, 'Mend the action, or the hint of what it returns.')];
}
