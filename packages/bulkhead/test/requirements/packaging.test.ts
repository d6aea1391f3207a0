import { describe, expect, test } from 'vitest';
import { compare, SUBJECTS } from './packaging-comparison.ts';
import { seededRandom } from './random.ts';

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
          const outcome = await compare(subject, random, Math.min(left, ROUND));
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
      60_000 + count * 5,
    );
  }
});
