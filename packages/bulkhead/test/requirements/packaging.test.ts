import { describe, expect, test } from 'vitest';
import { evaluateMarker, parseMarker } from '../../src/requirements/marker.ts';
import { isProblem } from '../../src/requirements/requirement.ts';
import { parseSpecifiers } from '../../src/requirements/specifier.ts';
import { parseVersion } from '../../src/requirements/version.ts';
import { askPackaging } from './packaging-oracle.ts';
import { seededRandom } from './random.ts';
import { randomEnvironment, randomMarker, randomSpecifiers, randomVersion } from './random-requirements.ts';

const PAIRS = 24_000;
const MARKERS = 6_000;

describe("against Python's packaging", () => {
  test(`${PAIRS} random pairs of specifier sets allow the same versions`, async () => {
    const random = seededRandom();
    const questions = Array.from(
      { length: PAIRS },
      () =>
        [
          'specifiers',
          randomSpecifiers(random),
          randomSpecifiers(random),
          random.list(5, 5, () => randomVersion(random, true)),
        ] as const,
    );
    const answers = await askPackaging(questions);
    const differing = questions.flatMap(([, left, right, versions], index) => {
      const answer = answers[index] as Answer | null;
      const ours = JSON.stringify(pairOf(left, right, versions, answer?.spelled ?? []));
      const theirs = JSON.stringify(answer);
      return ours === theirs ? [] : [{ left, right, versions, ours, theirs }];
    });
    expect(differing.slice(0, 5), `seed ${random.seed}: ${differing.length} differ`).toEqual([]);
    const empty = answers.filter((answer) => (answer as Answer | null)?.empty[2] === true).length;
    const invalid = answers.filter((answer) => answer === null).length;
    // generated badly, the comparison would show nothing
    expect(empty).toBeGreaterThan(PAIRS / 10);
    expect(empty).toBeLessThan((PAIRS * 9) / 10);
    expect(invalid).toBeGreaterThan(PAIRS / 100);
  });

  test(`${MARKERS} random markers hold in the same environments`, async () => {
    const random = seededRandom();
    const questions = Array.from(
      { length: MARKERS },
      () => ['marker', randomMarker(random), random.list(4, 4, () => randomEnvironment(random))] as const,
    );
    const answers = await askPackaging(questions);
    const differing = questions.flatMap(([, text, environments], index) => {
      const marker = parseMarker(text);
      const ours = isProblem(marker) ? null : environments.map((environment) => evaluateMarker(marker, environment));
      const theirs = answers[index] as (boolean | null)[] | null;
      // where a comparison means nothing, packaging gives the whole marker up, also where the rest decides it
      const same =
        ours === null || theirs === null
          ? ours === theirs
          : ours.every((value, position) => theirs[position] === null || theirs[position] === value);
      return same ? [] : [{ text, ours, theirs, environments }];
    });
    expect(differing.slice(0, 5), `seed ${random.seed}: ${differing.length} differ`).toEqual([]);
  });
});

interface Answer {
  readonly spelled: readonly string[];
  /** Of the left, of the right, of both together. */
  readonly empty: readonly boolean[];
  readonly inside: readonly boolean[];
}

/** @param spelled the versions as `===` sees them, which is not for us to know */
function pairOf(left: string, right: string, versions: readonly string[], spelled: readonly string[]): Answer | null {
  const [one, other] = [parseSpecifiers(left), parseSpecifiers(right)];
  if (one === undefined || other === undefined) return null;
  const both = one.intersect(other);
  return {
    spelled,
    empty: [one.isEmpty, other.isEmpty, both.isEmpty],
    inside: versions.map((version, index) => {
      const parsed = parseVersion(version);
      return parsed !== undefined && both.contains(parsed, spelled[index]);
    }),
  };
}
