import { describe, expect, test } from 'vitest';
import { evaluateMarker } from '../../src/requirements/marker.ts';
import { parseMarker } from '../../src/requirements/parse-marker.ts';
import { isProblem } from '../../src/requirements/problem.ts';
import { parseSpecifiers } from '../../src/requirements/specifier.ts';
import { compareVersions, parseVersion, spellVersion } from '../../src/requirements/version.ts';

/** What random questions meet too rarely, and where the specification decides otherwise than Python's `packaging`. */
describe('versions', () => {
  test.each([
    ['!=0.dev0+1', '0.dev0', true],
    ['!=0.dev0', '0.dev0+1', false],
    ['<0.dev0', '0.dev0', false],
    ['>=20231231235959123', '20231231235959122', false],
    ['<20231231235959124', '20231231235959123', true],
    ['==1.9007199254740992.*', '1.9007199254740993', false],
    ['>1.dev9007199254740992', '1.dev9007199254740993', true],
    ['==1+9007199254740993', '1+9007199254740992', false],
    ['===1.0', '1.0', true],
    ['===1.0', '1', false],
  ])('%s holds for %s: %s', (specifiers, text, holds) => {
    const version = parseVersion(text);
    expect(version && parseSpecifiers(specifiers)?.contains(version)).toBe(holds);
  });

  test('may have the white space around them that the specification names, and no other', () => {
    expect(parseVersion(' \t\n\r\f\v1.0\n')).toMatchObject({ release: [1, 0] });
    expect(parseVersion('\u00a01.0')).toBeUndefined();
    expect(parseVersion('1.0\ufeff')).toBeUndefined();
  });

  test('are ordered by numbers of any length', () => {
    const [one, other] = [parseVersion(`1.${'9'.repeat(4_000)}`), parseVersion(`1.1${'0'.repeat(4_000)}`)];
    expect(one && other && compareVersions(one, other)).toBe(-1);
    expect(one && spellVersion(one)).toBe(`1.${'9'.repeat(4_000)}`);
  });
});

describe('markers', () => {
  const environment = {
    python_version: '3.11',
    platform_release: '5.10.0-28-amd64',
    platform_version: '10.0.19045',
    extra: 'test',
  };

  test.each([
    ['platform_release != "6.1"', true],
    ['platform_release == "5.10.0-28-amd64"', true],
    ['platform_version >= "10.0.9"', true],
    ['platform_version in "10.0.19045, 11"', true],
    ['extra == "Test"', true],
    ['extra >= "test"', false],
    ['extra in "tests"', false],
    ['python_version < "=3.11"', false],
    ['python_version <= " 3.11 "', true],
    ['os_name ~= "1.0"', undefined],
  ])('%s: %s', (text, holds) => {
    const marker = parseMarker(text);
    expect(isProblem(marker) ? marker : evaluateMarker(marker, environment)).toBe(holds);
  });

  test.each([['os_name == "a\nb"'], ['extras == "x"'], ['"x" in dependency_groups'], ['os_name == sys_platform']])(
    '%j is none',
    (text) => {
      expect(parseMarker(text)).toMatchObject({ problem: expect.any(String) as string });
    },
  );
});
