import type { ActionDescription } from '@bulkhead/protocol';
import type { VerifiedProblem } from '../verification.ts';
import { brokenness, Schema } from '../inputs/schema.ts';
import { type Check, fault, found, warning } from '../check.ts';
import { counted, listed } from '../words.ts';

export const metadata: Check = {
  name: 'metadata',
  question: 'Is what it says of itself whole, and true of its own examples?',
  async run({ description }) {
    const { actions = {}, hooks = [] } = description ?? {};
    const all = Object.entries(actions);
    const nothing =
      all.length + hooks.length > 0 ? [] : [fault('It has neither actions nor hooks, so nothing can be asked of it.')];
    const problems = [...nothing, ...all.flatMap(([name, action]) => ofAction(name, action)), ...silent(all)];
    return found(`${counted(all.length, 'action')}, ${counted(hooks.length, 'hook')}`, problems);
  },
};

function ofAction(
  name: string,
  { input = {}, output = {}, examples = [], stream }: ActionDescription,
): VerifiedProblem[] {
  const advice = 'Mend the schema, or the type hints that it is made from.';
  for (const [what, schema] of Object.entries({ input, output })) {
    const broken = brokenness(schema, {});
    if (broken !== undefined) return [fault(`The schema of the ${what} of ${name} can't be read: ${broken}.`, advice)];
  }
  const takes = new Schema(input);
  const answers = new Schema(output);
  return examples.flatMap((example, index) => {
    const given = takes.misfit(example.input);
    const answered = 'output' in example && stream !== true ? answers.misfit(example.output) : undefined;
    return [
      ...(given === undefined ? [] : [unfit(name, index, 'input', given)]),
      ...(answered === undefined ? [] : [unfit(name, index, 'output', answered)]),
    ];
  });
}

function unfit(name: string, index: number, what: string, why: string): VerifiedProblem {
  return fault(
    `The ${what} of example ${index + 1} of ${name} does not fit its schema: ${why}`,
    'Mend the example, or the type hints of the action.',
  );
}

/** Nobody can write a call of these, or check one, without reading the plugin's code. */
function silent(actions: readonly (readonly [string, ActionDescription])[]): VerifiedProblem[] {
  const names = actions
    .filter(
      ([, { description = '', input, examples = [] }]) =>
        description === '' && input === undefined && examples.length === 0,
    )
    .map(([name]) => name);
  if (names.length === 0) return [];
  return [
    warning(
      `Of ${listed(names)} it says nothing: no description, no schema of the input, no example.`,
      'Write a docstring, type hints, or `@action(examples=[…])`.',
    ),
  ];
}
