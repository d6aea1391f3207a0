import type { VerifiedProblem } from '../verification.ts';
import { type Check, fault, found, inapplicable, unexpected } from '../check.ts';
import { misfitsOf } from '../inputs/misfits.ts';
import { Schema } from '../inputs/schema.ts';
import { counted } from '../words.ts';

export const misfits: Check = {
  name: 'misfits',
  question: 'Does it refuse input that its schemas forbid?',
  async run(subject, tell) {
    const { plan, description } = subject;
    const problems: VerifiedProblem[] = [];
    let tried = 0;
    for (const call of onePerAction(plan.calls)) {
      const schema = new Schema(description?.actions[call.action]?.input ?? {});
      for (const { input, wrong } of misfitsOf(schema, call.input)) {
        tell(`${call.action} ${wrong}`);
        tried += 1;
        const { error } = await subject.call({ action: call.action, input });
        if (error?.code === 'INPUT_REJECTED') continue;
        if (error === undefined || error.code === 'PLUGIN_RAISED') {
          const did = error === undefined ? 'answered' : `raised (${error.message.split('\n', 1)[0]})`;
          const what = `${call.action} ${did}, instead of refusing it, an input ${wrong}.`;
          problems.push(fault(what, 'Refuse it by INPUT_REJECTED, as type hints do, or take it out of the schema.'));
        } else problems.push(unexpected(error, `${call.action} with an input ${wrong}`));
      }
    }
    if (tried === 0) return inapplicable('no schema of an action that may be called forbids anything');
    return found(`${counted(tried, 'wrong input')}${problems.length === 0 ? ', all refused' : ''}`, problems);
  },
};

function onePerAction<Call extends { readonly action: string }>(calls: readonly Call[]): readonly Call[] {
  return calls.filter(({ action }, index) => calls.findIndex((each) => each.action === action) === index);
}
