import type { VerifiedProblem } from '../verification.ts';
import { type Check, found, unexpected } from '../check.ts';
import type { PlannedCall } from '../inputs/call-plan.ts';
import { isSchema, Schema } from '../inputs/schema.ts';
import { isAnswer, type Subject } from '../subject.ts';
import { megabytes, milliseconds } from '../words.ts';

const MIB = 1024 ** 2;
const SIZES = [MIB, 16 * MIB];
/** Of the host's memory, for an input that is over the limit. */
const LARGEST = 256 * MIB;

export const largeData: Check = {
  name: 'large data',
  question: 'Does it take large values, and survive one over the limit?',
  async run(subject, tell) {
    const { frame } = subject.spec.calls.limits;
    const problems: VerifiedProblem[] = [];
    const seen: string[] = [];
    const place = placeForMuch(subject);
    for (const size of place === undefined ? [] : SIZES.filter((each) => each < frame)) {
      tell(`${place!.call.action} with ${megabytes(size)}`);
      const { error, duration } = await subject.call({ action: place!.call.action, input: place!.filled(size) });
      if (error !== undefined && !isAnswer(error))
        problems.push(unexpected(error, `${place!.call.action} with ${megabytes(size)}`));
      seen.push(`${megabytes(size)} in ${milliseconds(duration)}${error === undefined ? '' : ` (${error.code})`}`);
    }
    seen.unshift(
      place === undefined ? 'no action that may be called takes text or bytes of any length' : place.call.action,
    );
    if (frame < LARGEST) seen.push(await overLimit(subject, frame, problems));
    return found(seen.join(', '), problems);
  },
};

/** The host refuses it; what is asked of the plugin is that its connection is as it was. */
async function overLimit(subject: Subject, frame: number, problems: VerifiedProblem[]): Promise<string> {
  const { error } = await subject.call({ action: 'execute', input: 'x'.repeat(frame + 1) });
  const next = await subject.probe();
  if (next.error !== undefined) problems.push(unexpected(next.error, 'The call after one that was too large'));
  return `${megabytes(frame + 1)} ${error === undefined ? 'were taken' : `refused (${error.code})`}`;
}

interface Place {
  readonly call: PlannedCall;
  filled(size: number): unknown;
}

/** A key of an input that takes as much text, or as many bytes, as one likes. */
function placeForMuch({ plan, description, durations }: Subject): Place | undefined {
  for (const call of plan.calls.filter((each) => durations.has(each))) {
    if (!isSchema(call.input)) continue;
    const given = call.input;
    const schema = new Schema(description?.actions[call.action]?.input ?? {});
    const key = Object.keys(given).find((name) => takesMuch(schema, given, name));
    if (key === undefined) continue;
    const isText = typeof given[key] === 'string';
    const filled = (size: number): unknown => ({ ...given, [key]: isText ? 'x'.repeat(size) : new Uint8Array(size) });
    return { call, filled };
  }
  return undefined;
}

/** Tried, not read off: bounds may stand anywhere in a schema. */
function takesMuch(schema: Schema, given: Readonly<Record<string, unknown>>, name: string): boolean {
  const { properties } = schema.resolve(schema.written);
  if (!isSchema(properties) || !isSchema(properties[name])) return false;
  const value = given[name];
  if (value instanceof Uint8Array) return true;
  if (typeof value !== 'string') return false;
  return 'type' in schema.resolve(properties[name]) && schema.fits({ ...given, [name]: 'x'.repeat(MIB) });
}
