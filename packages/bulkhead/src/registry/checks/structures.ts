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
  const required = all.filter(([, member]) => member.required);
  return {
    isKind: isMapping,
    problems: (value, path) => {
      if (!isMapping(value)) return [{ kind: 'value', path, expected }];
      // by the keys that are there, which are few; told in the order of the members
      const wrong = new Map<string, readonly Problem[]>();
      const unknown: Problem[] = [];
      const look = (key: string, { check }: Member): void => {
        const problems = check.problems(value[key], [...path, key]);
        if (problems.length > 0) wrong.set(key, problems);
      };
      for (const key of Object.keys(value)) {
        const member = Object.hasOwn(members, key) ? members[key] : undefined;
        if (member === undefined) unknown.push({ kind: 'unknown', path, key, known });
        else if (value[key] !== undefined) look(key, member);
      }
      for (const [key, member] of required) if (value[key] === undefined) look(key, member);
      return wrong.size === 0 ? unknown : [...known.flatMap((key) => wrong.get(key) ?? []), ...unknown];
    },
    jsonSchema: () => ({
      type: 'object',
      properties: Object.fromEntries(
        all.map(([key, member]) => [key, { ...member.about?.(), ...member.check.jsonSchema() }]),
      ),
      ...(required.length === 0 ? {} : { required: required.map(([key]) => key) }),
      additionalProperties: false,
    }),
  };
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
