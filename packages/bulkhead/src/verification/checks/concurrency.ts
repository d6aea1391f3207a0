import { isDeepStrictEqual } from 'node:util';
import type { VerifiedProblem } from '../verification.ts';
import { type Check, fault, found, inapplicable, unexpected, warning } from '../check.ts';
import type { PlannedCall } from '../inputs/call-plan.ts';
import { Schema } from '../inputs/schema.ts';
import type { Subject } from '../subject.ts';
import { counted, milliseconds, shownValue } from '../words.ts';
import { NOTHING_ANSWERED } from './nothing-to-call.ts';

/** Beside shorter calls the way there and back is too much of the time. */
const LONG_ENOUGH_MILLISECONDS = 20;
const MOST_AT_ONCE = 16;
const LEAST_AT_ONCE = 8;

export const concurrency: Check = {
  name: 'concurrency',
  question: 'Do calls at the same time run as declared, each with its own answer?',
  async run(subject) {
    const declared = subject.instance?.concurrency ?? 1;
    const calls = different(subject);
    if (calls.length === 0) return inapplicable(NOTHING_ANSWERED);
    const alone = await steadyAnswers(subject, calls);
    const many = Math.min(MOST_AT_ONCE, Math.max(LEAST_AT_ONCE, declared));
    const sent = Array.from({ length: many }, (_, index) => calls[index % calls.length]!);
    const outcomes = await Promise.all(sent.map((call) => subject.call(call)));
    const problems: VerifiedProblem[] = [];
    for (const [index, { error, ...answer }] of outcomes.entries()) {
      const call = sent[index]!;
      const expected = alone.get(call);
      if (error !== undefined) problems.push(unexpected(error, `One of ${many} calls at once`));
      else if (expected !== undefined && !isDeepStrictEqual((answer as { value: unknown }).value, expected.value))
        problems.push(mixed(call, (answer as { value: unknown }).value, expected.value));
    }
    const overlap = declared === 1 || problems.length > 0 ? undefined : await overlapOf(subject, declared);
    const compared = sent.filter((call) => alone.has(call)).length;
    const saw = `declared: ${declared}; ${counted(many, 'call')} at once, ${compared} compared with their answers alone`;
    return found(overlap === undefined ? saw : `${saw}; ${overlap.saw}`, [
      ...problems.slice(0, 3),
      ...(overlap?.problems ?? []),
    ]);
  },
};

function mixed(call: PlannedCall, answer: unknown, expected: unknown): VerifiedProblem {
  return fault(
    `${call.action}(${shownValue(call.input)}) answered ${shownValue(answer)} beside others, and ${shownValue(expected)} alone.`,
    'Keep what belongs to a call in local variables, not on `self`, or declare `concurrency: 1`.',
  );
}

/** Those that were answered, and others made of them: each with a text or a number of its own, as far as the schema allows. */
function different({ quick, description }: Subject): PlannedCall[] {
  return quick.flatMap((call) => {
    const schema = new Schema(description?.actions[call.action]?.input ?? {});
    const varied = call.isPure ? [1, 2, 3].flatMap((number) => variation(call.input, number) ?? []) : [];
    return [call, ...varied.filter((input) => schema.fits(input)).map((input) => ({ ...call, input }))];
  });
}

function variation(input: unknown, number: number): unknown {
  if (typeof input === 'string') return `${input} ${number}`;
  if (typeof input === 'number') return input + number;
  if (typeof input !== 'object' || input === null || Object.getPrototypeOf(input) !== Object.prototype)
    return undefined;
  for (const [key, value] of Object.entries(input)) {
    const changed = variation(value, number);
    if (changed !== undefined) return { ...input, [key]: changed };
  }
  return undefined;
}

/** The answers of those that answer the same each time. */
async function steadyAnswers(
  subject: Subject,
  calls: readonly PlannedCall[],
): Promise<Map<PlannedCall, { readonly value: unknown }>> {
  const steady = new Map<PlannedCall, { readonly value: unknown }>();
  for (const call of calls) {
    const [first, second] = [await subject.call(call), await subject.call(call)];
    if (first.error === undefined && second.error === undefined && isDeepStrictEqual(first.value, second.value))
      steady.set(call, { value: first.value });
  }
  return steady;
}

/** By the time that calls take together: the host can't look into the plugin. */
async function overlapOf(subject: Subject, declared: number): Promise<{ saw: string; problems: VerifiedProblem[] }> {
  const { quick, durations } = subject;
  const call = quick.toSorted((a, b) => durations.get(b)! - durations.get(a)!)[0]!;
  const { error, duration: one } = await subject.call(call);
  if (error !== undefined || one < LONG_ENOUGH_MILLISECONDS)
    return { saw: 'no call takes long enough to see whether they overlap', problems: [] };
  const together = Math.min(declared, MOST_AT_ONCE);
  const began = performance.now();
  await Promise.all(Array.from({ length: together }, () => subject.call(call)));
  const all = performance.now() - began;
  const saw = `${together} calls of ${milliseconds(one)} took ${milliseconds(all)}`;
  if (all < one * (1 + (together - 1) * 0.6)) return { saw, problems: [] };
  const what = `${together} calls at once of ${call.action} took ${milliseconds(all)}, as long as one after the other: \`concurrency: ${declared}\` gains nothing.`;
  return {
    saw,
    problems: [
      warning(
        what,
        'Look for a lock, or a computation that only one thread can run at a time; or declare `concurrency: 1`, and more `instances`.',
      ),
    ],
  };
}
