import { Validator } from '@cfworker/json-schema';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Check } from '../../../src/registry/checks/check.ts';
import {
  anything,
  anyText,
  count,
  exactly,
  number,
  oneOf,
  text,
  trueOrFalse,
} from '../../../src/registry/checks/scalars.ts';
import {
  eitherOf,
  listOf,
  mappingWith,
  orNothing,
  recordOf,
  withRule,
} from '../../../src/registry/checks/structures.ts';

const A_WORD = text('a word', /^[a-c]+$/, { longest: 4 });
const A_HALF = number('a half', (value) => value > 0, { type: 'number', exclusiveMinimum: 0 });
const SETTINGS = mappingWith(
  {
    name: { check: A_WORD, required: true },
    tries: { check: count('a number of tries', 1, 3) },
    mode: { check: oneOf(['fast', 'slow'], 'fast or slow') },
  },
  'settings',
);

const CHECKS: Readonly<Record<string, Check<unknown>>> = {
  anything,
  anyText,
  text: A_WORD,
  number: A_HALF,
  count: count('a few', 0, 2),
  oneOf: oneOf(['fast', 'slow'], 'fast or slow'),
  exactly: exactly(false, 'false'),
  trueOrFalse: trueOrFalse(),
  listOf: listOf(A_WORD, 'words', 1),
  recordOf: recordOf(A_WORD, count('a few', 0, 2), 'counts of words'),
  mappingWith: SETTINGS,
  eitherOf: eitherOf([exactly('off', 'off'), SETTINGS, listOf(A_WORD, 'words')], 'off, settings or words'),
  orNothing: orNothing(A_WORD),
};

/** Values that are near to what the checks want. */
const values = fc.letrec((tie) => ({
  scalar: fc.constantFrom('a', 'abc', 'abcab', 'x', 'fast', 'off', '', 0, 1, 2, 3, 0.5, -1, true, false, null),
  list: fc.array(tie('value'), { maxLength: 2 }),
  mapping: fc.dictionary(fc.constantFrom('name', 'tries', 'mode', 'a', 'x', 'other'), tie('value'), { maxKeys: 3 }),
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, tie('scalar'), tie('list'), tie('mapping')),
}));

describe.each(Object.entries(CHECKS))('the check %s', (_name, check) => {
  test('finds a mistake in just what its JSON Schema refuses', () => {
    const validator = new Validator(check.jsonSchema(), '2020-12');
    const agree = fc.property(values.value, (value) => {
      const problems = check.problems(value, ['here']);
      for (const { path } of problems) expect(path[0]).toBe('here');
      expect(problems.length === 0).toBe(validator.validate(value).valid);
    });
    fc.assert(agree, { seed: 7, numRuns: 2_000 });
  });
});

describe('a mistake', () => {
  test('has its place, and what was expected there', () => {
    const list = listOf(SETTINGS, 'a list');
    expect(list.problems([{ name: 'abc', tries: 9 }, {}], ['all'])).toEqual([
      { kind: 'value', path: ['all', 0, 'tries'], expected: 'a number of tries' },
      { kind: 'value', path: ['all', 1, 'name'], expected: 'a word', wantsText: true },
    ]);
    expect(list.problems({}, ['all'])).toEqual([{ kind: 'value', path: ['all'], expected: 'a list' }]);
  });

  test('in a key is told from one in its value', () => {
    expect(recordOf(A_WORD, A_HALF, 'halves').problems({ x: 1, a: -1 }, [])).toEqual([
      { kind: 'key', path: ['x'], expected: 'a word' },
      { kind: 'value', path: ['a'], expected: 'a half' },
    ]);
  });

  test('may be a key that there is not, or a word that is none of the choices', () => {
    expect(SETTINGS.problems({ name: 'a', mode: 'fats', toString: 1 }, [])).toEqual([
      { kind: 'value', path: ['mode'], expected: 'fast or slow', choices: ['fast', 'slow'] },
      { kind: 'unknown', path: [], key: 'toString', known: ['name', 'tries', 'mode'] },
    ]);
  });

  test('of several forms is that of the one that was meant, if there is one', () => {
    const either = eitherOf([exactly('off', 'off'), A_WORD, SETTINGS], 'off, a word or settings');
    expect(either.problems({ name: 'x' }, [])).toEqual([{ kind: 'value', path: ['name'], expected: 'a word' }]);
    expect(either.problems('on', [])).toEqual([{ kind: 'value', path: [], expected: 'a word' }]);
    expect(either.problems(3, [])).toEqual([{ kind: 'value', path: [], expected: 'off, a word or settings' }]);
    const numbers = eitherOf([count('a few', 1, 2), A_HALF], 'a few or a half');
    expect(numbers.problems(-1, [])).toEqual([{ kind: 'value', path: [], expected: 'a few or a half' }]);
  });

  test('of a text is first its length, so that no pattern meets a long one', () => {
    const long = text('a word', { [Symbol.replace]: undefined, source: '', test: refuse } as unknown as RegExp);
    expect(long.problems('a'.repeat(4097), [])).toEqual([
      { kind: 'value', path: [], expected: 'a word, at most 4096 characters long' },
    ]);
  });

  test('against a rule is found only in what fits otherwise', () => {
    const ruled = withRule(SETTINGS, refuse, 'never');
    expect(ruled.problems({ name: 'x' }, [])).toEqual([{ kind: 'value', path: ['name'], expected: 'a word' }]);
    expect(withRule(SETTINGS, () => false, 'more').problems({ name: 'a' }, [])).toEqual([
      { kind: 'value', path: [], expected: 'more' },
    ]);
  });
});

function refuse(): never {
  throw new Error('this must not be asked');
}
