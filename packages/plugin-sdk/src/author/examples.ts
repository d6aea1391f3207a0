import { encode } from '@bulkhead/protocol';

/** What a host takes of one action. */
const MOST = 1_000;
const FORM = 'examples takes a list of calls such as [{ input: { name: "Ada" }, output: "Hello, Ada!" }]';

/** What is wrong with the examples of an action, which may be any value. */
export function mistakesInExamples(examples: unknown): string[] {
  if (!Array.isArray(examples)) return [FORM];
  if (examples.length > MOST) return [`an action has at most ${MOST} examples, not ${examples.length}`];
  return (examples as readonly unknown[]).flatMap((example) => mistakeIn(example) ?? []);
}

function mistakeIn(example: unknown): string | undefined {
  if (typeof example !== 'object' || example === null || !('input' in example)) return `${FORM}; one has no input`;
  const unknown = Object.keys(example).find((key) => key !== 'input' && key !== 'output');
  if (unknown !== undefined) return `${FORM}; one has ${JSON.stringify(unknown)} beside`;
  try {
    encode(example);
    return undefined;
  } catch (error) {
    return `an example can't be sent: ${error instanceof Error ? error.message : String(error)}`;
  }
}
