import { describe, expect, test } from 'vitest';
import {
  compare,
  markers,
  type Question,
  requirements,
  specifiers,
  type Subject,
  SUBJECTS,
  versions,
} from './packaging-comparison.ts';
import { seededRandom } from './random.ts';
import { randomEnvironment } from './random-requirements.ts';

/** Pairs of specifier sets; `npm run compare-packaging` sets another number. */
const PAIRS = Number(process.env['BULKHEAD_TEST_PAIRS'] ?? 24_000);
const isLong = process.env['BULKHEAD_TEST_PAIRS'] !== undefined;
/** Asked at a time. */
const ROUND = 24_000;

describe("against Python's packaging", () => {
  for (const subject of SUBJECTS) {
    const count = Math.ceil(PAIRS * subject.share);
    test(
      `${count} random ${subject.title} are read alike`,
      async () => {
        const random = seededRandom();
        const excused = new Map<string, number>();
        let read = 0;
        for (let left = count; left > 0; left -= ROUND) {
          const outcome = await compare(
            subject,
            random.list(Math.min(left, ROUND), Math.min(left, ROUND), () => subject.question(random)),
          );
          const { length } = outcome.differences;
          expect(outcome.differences.slice(0, 5), `seed ${random.seed}: ${length} differ`).toEqual([]);
          for (const [excuse, times] of outcome.excused) excused.set(excuse, (excused.get(excuse) ?? 0) + times);
          read += outcome.answers.filter((answer) => answer !== null).length;
        }
        if (isLong)
          for (const [excuse, times] of excused) process.stderr.write(`${subject.title}: ${times} times ${excuse}\n`);
        // generated badly, the comparison would show nothing
        expect(read).toBeGreaterThan(count / 4);
        expect(read).toBeLessThan(count);
      },
      240_000 + count * 5,
    );
  }

  const nested = (depth: number): string => `${'('.repeat(depth)}os_name == "nt"${')'.repeat(depth)}`;
  const clauses = Array.from({ length: 1_500 }, (_, index) => `!=${index}`).join(',');
  const parts = Array.from({ length: 500 }, (_, index) => `os_name=="${index}"`);
  const environment = randomEnvironment(seededRandom());
  test.each<[string, Subject, Question]>([
    ['200 parentheses inside each other', markers, ['marker', nested(200), [environment]]],
    ['201 parentheses inside each other', markers, ['marker', nested(201), [environment]]],
    ['10,000 parentheses inside each other', markers, ['marker', nested(10_000), [environment]]],
    [
      '500 parts of a marker',
      markers,
      ['marker', parts.join(' or '), [environment, { ...environment, os_name: '499' }]],
    ],
    ['1,500 clauses', specifiers, ['specifiers', clauses, '>=1499', ['1499.0.1', '1499', '3', '1500']]],
    ['1,500 clauses of a requirement', requirements, ['requirement', `a${clauses}`, ['1499', '1500'], []]],
    ['a number of 4,000 digits', versions, ['versions', `1.${'9'.repeat(4_000)}`, `1.1${'0'.repeat(4_000)}`]],
    ['4,000 parts of a release', versions, ['versions', `1${'.0'.repeat(4_000)}.dev1`, '1.dev1']],
    ['4,000 epochs', versions, ['versions', `${'1!'.repeat(4_000)}1`, '1']],
  ])('%s are read alike', async (_, subject, question) => {
    expect((await compare(subject, [question])).differences).toEqual([]);
  });
});
