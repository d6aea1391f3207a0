import type { ActionDescription } from '@bulkhead/protocol';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { nearestName } from '../../lifecycle/nearest-name.ts';
import type { PluginDescription } from '../../manager/plugin-status.ts';
import type { VerifiedAction } from '../verification.ts';
import { type JsonSchema, Schema } from './schema.ts';
import { valueOf } from './values.ts';

/**
 * Which actions are called with inputs that are made from their schemas: `none`, those that are declared `pure`, or `all`. Those with
 * examples of their author are called with these in any case.
 */
export type MadeInputs = 'none' | 'pure' | 'all';

/** One input of one action. */
export interface PlannedCall {
  readonly action: string;
  readonly input: unknown;
  /** Its author's, as opposed to one that was made. */
  readonly isExample: boolean;
  /** Its author says that nothing comes of a call but an answer, the same each time. */
  readonly isPure: boolean;
  /** What it has to answer, where its author says so. */
  readonly output?: { readonly value: unknown };
}

export interface CallPlan {
  readonly calls: readonly PlannedCall[];
  readonly actions: readonly VerifiedAction[];
}

export interface PlanOptions {
  readonly made: MadeInputs;
  /** Only these; empty: all. */
  readonly actions: readonly string[];
}

/** What may be called of a plugin without doing harm. @throws BulkheadError `ACTION_UNKNOWN` */
export function planCalls({ id, actions }: PluginDescription, options: PlanOptions): CallPlan {
  const known = Object.keys(actions);
  const unknown = options.actions.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const details = { plugin: id, action: unknown, nearest: nearestName(unknown, known), known };
    throw new BulkheadError('ACTION_UNKNOWN', details);
  }
  const planned = Object.entries(actions).map(([name, action]) => ofAction(name, action, options));
  return { calls: planned.flatMap(({ calls }) => calls), actions: planned.map(({ shown }) => shown) };
}

interface PlannedAction {
  readonly calls: readonly PlannedCall[];
  readonly shown: VerifiedAction;
}

function ofAction(name: string, action: ActionDescription, { made, actions }: PlanOptions): PlannedAction {
  const isPure = action.cache !== undefined;
  const skip = (reason: string): PlannedAction => ({
    calls: [],
    shown: { name, inputs: undefined, count: 0, reason },
  });
  const called = (inputs: 'examples' | 'schema', given: readonly Given[]): PlannedAction => ({
    calls: given.map((each) => ({ action: name, isExample: inputs === 'examples', isPure, ...each })),
    shown: { name, inputs, count: given.length, reason: undefined },
  });
  if (actions.length > 0 && !actions.includes(name)) return skip('--action names others');
  const examples = examplesOf(action);
  if (examples.length > 0) return called('examples', examples);
  if (made === 'none') return skip('it has no examples');
  if (made === 'pure' && !isPure)
    return skip('it has no examples, and is not declared pure: who knows what a call with made-up input does');
  const inputs = madeInputs(action.input ?? {});
  return inputs.length > 0
    ? called('schema', inputs)
    : skip('it has no examples, and no input could be made from its schema');
}

type Given = Pick<PlannedCall, 'input' | 'output'>;

/** Those beside the action, or else those within the schema of its input. */
function examplesOf({ examples = [], input = {} }: ActionDescription): Given[] {
  if (examples.length > 0)
    return examples.map((example) => ({
      input: example.input,
      ...('output' in example ? { output: { value: example.output } } : {}),
    }));
  const inSchema = input['examples'];
  return Array.isArray(inSchema) ? inSchema.map((each: unknown) => ({ input: each })) : [];
}

function madeInputs(written: JsonSchema): Given[] {
  try {
    const schema = new Schema(written);
    const values = (['typical', 'minimal'] as const).flatMap((extent) => valueOf(schema, extent) ?? []);
    const texts = values.map(({ value }) => JSON.stringify(value));
    return values.filter((_, index) => texts.indexOf(texts[index]!) === index).map(({ value }) => ({ input: value }));
  } catch {
    return []; // the check of what it says of itself tells why
  }
}
