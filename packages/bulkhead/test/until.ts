import { availableParallelism, loadavg } from 'node:os';
import { wait } from '../src/lifecycle/wait.ts';

const LIMIT_MILLISECONDS = 10_000;
/** Four times the usual limit is still less than a test may take. */
const LARGEST_MULTIPLE = 4;

/**
 * Waits for something that has no event. Asks `condition` again and again, and answers its first value that is not false,
 * undefined or null. Fails after 10 s; a machine with more work than processors gets a multiple of that.
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
