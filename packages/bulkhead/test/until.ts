import { availableParallelism, loadavg } from 'node:os';
import { wait } from '../src/lifecycle/wait.ts';

const LIMIT_MILLISECONDS = 15_000;
/** This many times the usual limit is still less than a test may take. */
const LARGEST_MULTIPLE = 12;

/**
 * Waits for something that has no event. Asks `condition` again and again, and answers its first value that is not false,
 * undefined or null. Fails after 15 s; a machine with more work than processors gets a multiple of that.
 *
 * @param what the failure names as missing: "the second instance"
 * @throws when it does not come in time; and whatever `condition` throws
 */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  what: string,
): Promise<Exclude<Value, false | undefined | null>> {
  const multiple = Math.min(Math.max(1, (loadavg()[0] ?? 0) / availableParallelism()), LARGEST_MULTIPLE);
  const limit = Math.round(LIMIT_MILLISECONDS * multiple);
  const over = AbortSignal.timeout(limit);
  const tooLate = new Promise<never>((_, reject) => {
    over.addEventListener('abort', () => reject(new Error(`not within ${limit / 1000} s: ${what}`)), { once: true });
  });
  const come = async (): Promise<Exclude<Value, false | undefined | null>> => {
    for (;;) {
      const value = await condition();
      if (value !== false && value !== undefined && value !== null)
        return value as Exclude<Value, false | undefined | null>;
      await wait(1, over);
    }
  };
  return await Promise.race([come(), tooLate]);
}

/**
 * As `until`, for what is expected: answers what `expectation` does, once that no longer throws. Fails with what it threw last,
 * which shows what there was instead.
 */
export async function untilHolds<Value>(expectation: () => Value | Promise<Value>): Promise<Value> {
  let last: unknown;
  const attempt = async (): Promise<{ value: Value } | undefined> => {
    try {
      return { value: await expectation() };
    } catch (error) {
      last = error;
      return undefined;
    }
  };
  const held = await until(attempt, 'what is expected').catch((error: unknown) => {
    throw last ?? error;
  });
  return held.value;
}
