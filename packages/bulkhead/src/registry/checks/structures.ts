import { isMapping } from '../plain-value.ts';
import type { Check, JsonSchema, Problem } from './check.ts';

/** Checks of values that hold others, and checks made of checks. `expected` follows the word "expected" in messages. */

export function listOf<Item>(item: Check<Item>, expected: string, least = 0): Check<readonly Item[]> {
  return {
    isKind: Array.isArray,
    problems: (value, path) =>
      Array.isArray(value) && value.length >= least
        ? value.flatMap((each, index) => item.problems(each, [...path, index]))
        : [{ kind: 'value', path, expected }],
    jsonSchema: () => ({ ...(least > 0 ? { minItems: least } : {}), type: 'array', items: item.jsonSchema() }),
  };
}

/** A mapping whose keys the author chooses. */
export function recordOf<Value>(
  key: Check<string>,
  item: Check<Value>,
  expected: string,
): Check<Readonly<Record<string, Value>>> {
  return {
    isKind: isMapping,
    problems: (value, path) =>
      isMapping(value)
        ? Object.entries(value).flatMap(([name, each]) => {
            const at = [...path, name];
            const [wrong] = key.problems(name, at);
            if (wrong === undefined) return item.problems(each, at);
            return [{ kind: 'key', path: at, expected: 'expected' in wrong ? wrong.expected : expected } as const];
          })
        : [{ kind: 'value', path, expected }],
    jsonSchema: () => ({
      type: 'object',
      propertyNames: key.jsonSchema(),
      additionalProperties: item.jsonSchema(),
    }),
  };
}

/** A key of a mapping. */
export interface Member {
  readonly check: Check<unknown>;
  readonly required?: boolean;
  /** What else the JSON Schema says of it. */
  readonly about?: () => JsonSchema;
}

/** A mapping with these keys and no others. @typeParam Value what the members make of it, which the compiler is not told */
export function mappingWith<Value extends object>(
  members: Readonly<Record<string, Member>>,
  expected: string,
): Check<Value> {
  const all = Object.entries(members);
  const known = Object.keys(members);
  return {
    isKind: isMapping,
    problems: (value, path) => {
      if (!isMapping(value)) return [{ kind: 'value', path, expected }];
      return [
        ...all.flatMap(([key, { check, required = false }]) =>
          value[key] === undefined && !required ? [] : check.problems(value[key], [...path, key]),
        ),
        ...Object.keys(value)
          .filter((key) => !Object.hasOwn(members, key))
          .map((key): Problem => ({ kind: 'unknown', path, key, known })),
      ];
    },
    jsonSchema: () => ({
      type: 'object',
      properties: Object.fromEntries(
        all.map(([key, member]) => [key, { ...member.about?.(), ...member.check.jsonSchema() }]),
      ),
      ...requiredOf(all),
      additionalProperties: false,
    }),
  };
}

function requiredOf(all: readonly (readonly [key: string, member: Member])[]): JsonSchema {
  const required = all.filter(([, member]) => member.required).map(([key]) => key);
  return required.length === 0 ? {} : { required };
}

/** Fits one of these. Where just one of them is for this kind of value, its mistakes are told. */
export function eitherOf<const Checks extends readonly Check<unknown>[]>(
  checks: Checks,
  expected: string,
): Check<Checks[number] extends Check<infer Value> ? Value : never> {
  return {
    isKind: (value) => checks.some((each) => each.isKind(value)),
    problems: (value, path) => {
      const ofKind = checks.filter((each) => each.isKind(value));
      const found = ofKind.map((each) => each.problems(value, path));
      if (found.some((problems) => problems.length === 0)) return [];
      const [only, another] = found;
      return only === undefined || another !== undefined ? [{ kind: 'value', path, expected }] : only;
    },
    jsonSchema: () => ({ anyOf: checks.map((each) => each.jsonSchema()) }),
  };
}

export function orNothing<Value>(check: Check<Value>): Check<Value | null> {
  return {
    isKind: (value) => value === null || check.isKind(value),
    problems: (value, path) => (value === null ? [] : check.problems(value, path)),
    jsonSchema: () => ({ anyOf: [check.jsonSchema(), { type: 'null' }] }),
  };
}

/** A rule about a whole value that fits otherwise. */
export function withRule<Value>(check: Check<Value>, holds: (value: Value) => boolean, expected: string): Check<Value> {
  return {
    ...check,
    problems: (value, path) => {
      const problems = check.problems(value, path);
      return problems.length > 0 || holds(value as Value) ? problems : [{ kind: 'value', path, expected }];
    },
  };
}
