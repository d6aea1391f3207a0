import { describe, expect, test } from 'vitest';
import { evaluateMarker } from '../../src/requirements/marker.ts';
import { DEEPEST_MARKER, LONGEST_REQUIREMENT } from '../../src/requirements/limits.ts';
import { parseMarker } from '../../src/requirements/parse-marker.ts';
import { isProblem } from '../../src/requirements/problem.ts';
import { pythonsIn } from '../../src/requirements/python-version.ts';
import { parseRequirement } from '../../src/requirements/requirement.ts';
import { parseSpecifiers } from '../../src/requirements/specifier.ts';
import { parseVersion } from '../../src/requirements/version.ts';

const HUNDRED_THOUSAND = 100_000;

describe('a text that is longer than any that is read', () => {
  test.each([
    ['a name', 'a'.repeat(HUNDRED_THOUSAND)],
    ['spaces', `a${' '.repeat(HUNDRED_THOUSAND)}!`],
    ['clauses', `a${'>=1,'.repeat(HUNDRED_THOUSAND)}`],
    ['extras', `a[${'x,'.repeat(HUNDRED_THOUSAND)}`],
    ['a marker', `a; ${'('.repeat(HUNDRED_THOUSAND)}`],
    ['an address', `a @ ${'x'.repeat(HUNDRED_THOUSAND)}`],
  ])('is refused as a requirement for its length alone: %s', (_, text) => {
    expect(parseRequirement(text)).toEqual({
      problem: `it is ${text.length} characters long, and at most ${LONGEST_REQUIREMENT} are read`,
      at: 0,
    });
  });

  test.each([
    ['digits', '1'.repeat(HUNDRED_THOUSAND)],
    ['epochs', '1!'.repeat(HUNDRED_THOUSAND)],
    ['parts', `1${'.1'.repeat(HUNDRED_THOUSAND)}`],
    ['a label', `1+${'a.'.repeat(HUNDRED_THOUSAND)}a`],
  ])('is no version: %s', (_, text) => {
    expect(parseVersion(text)).toBeUndefined();
    expect(pythonsIn(`>=${text}`)).toBeUndefined();
  });
});

describe('the longest text that is read', () => {
  test('is a requirement', () => {
    expect(parseRequirement('a'.repeat(LONGEST_REQUIREMENT))).toMatchObject({ extras: [] });
    expect(parseRequirement('a'.repeat(LONGEST_REQUIREMENT + 1))).toMatchObject({ at: 0 });
  });

  test('may have as many clauses as fit in', () => {
    const clauses = Array.from({ length: 2_000 }, (_, index) => `!=${index}`).join(',');
    const set = parseSpecifiers(clauses.slice(0, clauses.lastIndexOf(',', LONGEST_REQUIREMENT)));
    const [inside, outside] = [parseVersion('5.1'), parseVersion('5')];
    expect(inside && set?.contains(inside)).toBe(true);
    expect(outside && set?.contains(outside)).toBe(false);
  });

  test('may be a marker of many parts', () => {
    const many = Array.from({ length: 400 }, (_, index) => `os_name=="${index}"`);
    const marker = parseMarker(many.join(' or '));
    expect(isProblem(marker) ? marker : evaluateMarker(marker, { os_name: '399' })).toBe(true);
  });
});

test('parentheses in a marker stand so deep in each other as packaging allows', () => {
  const nested = (depth: number): string => `${'('.repeat(depth)}os_name == "nt"${')'.repeat(depth)}`;
  expect(parseMarker(nested(DEEPEST_MARKER))).toMatchObject({ variable: 'os_name' });
  expect(parseMarker(nested(DEEPEST_MARKER + 1))).toMatchObject({
    problem: `more than ${DEEPEST_MARKER} parentheses stand inside each other`,
  });
  expect(parseMarker(nested(10_000))).toMatchObject({ at: DEEPEST_MARKER + 1 });
});
