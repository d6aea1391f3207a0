import { isSchema, type JsonSchema, type Schema } from './schema.ts';

/** An input that its action has to refuse. */
export interface Misfit {
  readonly input: Readonly<Record<string, unknown>>;
  /** What is wrong with it, as the rest of `an input …`. */
  readonly wrong: string;
}

/** Of one action: more say little. */
const MOST = 12;
const UNKNOWN_KEY = 'no_such_key_of_this_action';
/** None of them is taken for another type by lenient readers, as the text "5" is for a number. */
const OF_OTHER_TYPES: readonly unknown[] = [[[]], { no: { such: ['thing'] } }, 'not this', 0.5];

/** Inputs that the schema forbids, each made of a good one by one change. @throws Error if the schema can't be read */
export function misfitsOf(schema: Schema, good: unknown): Misfit[] {
  const { properties = {}, additionalProperties, required = [] } = schema.resolve(schema.written);
  if (!isSchema(good) || !isSchema(properties) || !Array.isArray(required)) return [];
  const missing = required.map(String).map((name) => ({ input: without(good, name), wrong: `without "${name}"` }));
  const mistyped = Object.keys(properties).flatMap((name) => wrongValue(schema, good, name) ?? []);
  const unknown = { input: { ...good, [UNKNOWN_KEY]: 1 }, wrong: `with a key that it does not have` };
  return [...missing, ...mistyped, ...(additionalProperties === false ? [unknown] : [])]
    .filter(({ input }) => !schema.fits(input))
    .slice(0, MOST);
}

function without(good: JsonSchema, name: string): JsonSchema {
  return Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));
}

function wrongValue(schema: Schema, good: JsonSchema, name: string): Misfit | undefined {
  const value = OF_OTHER_TYPES.find((each) => !schema.fits({ ...good, [name]: each }));
  if (value === undefined) return undefined;
  return { input: { ...good, [name]: value }, wrong: `in which "${name}" is ${JSON.stringify(value)}` };
}
