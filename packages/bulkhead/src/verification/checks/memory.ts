import type { Finding, VerifiedSeries } from '../verification.ts';
import { type Check, fault, found, inapplicable, unexpected, warning } from '../check.ts';
import { growthOf } from '../growth.ts';
import { memoryNow } from '../memory-now.ts';
import { counted, megabytes } from '../words.ts';
import { NOTHING_ANSWERED } from './nothing-to-call.ts';

const MEASUREMENTS = 60;
/** The first part of the calls, in which caches and heaps fill; that of Node takes some thousand calls. */
const WARM_UP = 0.5;
/** Node touches 16 MiB of memory for young objects once before it uses any of it again: a call takes some 4 KiB. */
const ENOUGH_CALLS = 8_000;
/** Of which at least this share of the pairs has to grow: memory that is taken and given back does not. */
const STEADY = 0.6;
/** Bytes in all, and for each call. What grows less is noise of the allocator. */
const LEAK = { growth: 2 * 1024 ** 2, perCall: 512 };
/** Garbage that Node has not collected yet comes to about 1 MiB. */
const SUSPECT = { growth: 1024 ** 2, perCall: 256 };

const MORE_CALLS =
  'So few calls may still fill caches: look again with `--calls` of ten thousand, and more `--calls-time`.';
const REPLACED = 'Its instance was replaced meanwhile, so nothing is known of its memory.';

export const memory: Check = {
  name: 'memory',
  question: 'Does its memory stay the same over many calls?',
  async run(subject, tell) {
    const call = subject.cheapest;
    if (call === undefined) return inapplicable(NOTHING_ANSWERED);
    const { generation, pid } = subject.instance ?? {};
    if (memoryNow(pid) === undefined) return inapplicable('the system does not tell what it uses');
    const { calls: wanted, time } = subject.memory;
    const end = performance.now() + time;
    const series = { calls: [] as number[], memory: [] as number[] };
    const each = Math.max(1, Math.floor(wanted / MEASUREMENTS));
    let made = 0;
    while (made < wanted && performance.now() < end) {
      for (let index = 0; index < each && performance.now() < end; index += 1) {
        const { error } = await subject.call(call);
        made += 1;
        if (error !== undefined)
          return found(
            `${counted(made, 'call')} of ${call.action}`,
            [unexpected(error, `Call ${made} of ${call.action}`)],
            series,
          );
      }
      const now = memoryNow(pid);
      if (subject.instance?.generation !== generation || now === undefined)
        return found(`${counted(made, 'call')} of ${call.action}`, [warning(REPLACED)]);
      series.calls.push(made);
      series.memory.push(now);
      tell(`${made.toLocaleString('en')} of ${counted(wanted, 'call')}, ${megabytes(now)}`);
    }
    return judged(`${counted(made, 'call')} of ${call.action}`, series);
  },
};

function judged(what: string, series: VerifiedSeries): Finding {
  const from = Math.floor(series.calls.length * WARM_UP);
  const [calls, measured] = [series.calls.slice(from), series.memory.slice(from)];
  const growth = growthOf(calls, measured);
  if (growth === undefined) return inapplicable('too few calls could be made in the time');
  const { slope, trend } = growth;
  const all = slope * ((calls.at(-1) ?? 0) - (calls[0] ?? 0));
  const grows = (bounds: typeof LEAK): boolean => trend >= STEADY && all >= bounds.growth && slope >= bounds.perCall;
  const perCall = `${Math.max(0, Math.round(slope)).toLocaleString('en')} bytes a call`;
  const saw = `${what}: ${megabytes(measured[0] ?? 0)}, then ${megabytes(measured.at(-1) ?? 0)} (${perCall})`;
  const problem = `Its memory grows by ${perCall}, ${megabytes(all)} in the second half of them.`;
  const advice =
    'Look for lists, caches and handlers that every call adds to; `recycle: { memory: … }` in the registry limits the harm.';
  if (!grows(SUSPECT)) return found(saw, [], series);
  if ((calls.at(-1) ?? 0) < ENOUGH_CALLS) return found(saw, [warning(problem, MORE_CALLS)], series);
  return found(saw, [grows(LEAK) ? fault(problem, advice) : warning(problem, advice)], series);
}
