import { setTimeout as delay } from 'node:timers/promises';
import { type BulkheadError, isBulkheadError, type PluginManager, PluginStream } from 'bulkhead';
import type { Causes } from './causes.ts';
import type { Check } from './check.ts';
import type { Tally } from './tally.ts';

/** Longer than all limits of the registry together, plus the build of an environment on a busy machine. */
const WITHIN_MILLISECONDS = 90_000;
const SOURCE_MILLISECONDS = 10_000;
const LOST = Symbol('lost');

export interface Attempt {
  readonly manager: PluginManager;
  readonly plugin: string;
  readonly check: Check;
  readonly tally: Tally;
  readonly causes: Causes;
  /** Whether the manager is closing, and may refuse calls for that reason. */
  isClosing(): boolean;
}

/** Makes one call and counts how it ended; answers whether it was answered. Never rejects. */
export async function attempt(options: Attempt): Promise<boolean> {
  const { check, plugin, tally } = options;
  const startedAt = performance.now();
  const answered = new AbortController();
  try {
    const answer = await Promise.race([call(options), lost(answered.signal)]);
    if (answer === LOST) tally.counts.lost.push(`${plugin}.${check.action}: no answer in ${WITHIN_MILLISECONDS} ms`);
    else if (check.isRight(answer)) tally.counts.verified += 1;
    else tally.counts.wrong.push(`${plugin}.${check.action}: a wrong answer`);
    return answer !== LOST;
  } catch (error) {
    countFailure(options, error, startedAt);
    return false;
  } finally {
    answered.abort();
    await sourceClosed(options);
  }
}

/** However a call ended, the source of its input must be closed. */
async function sourceClosed({ check, plugin, tally }: Attempt): Promise<void> {
  const patience = new AbortController();
  const open = delay(SOURCE_MILLISECONDS, true, { signal: patience.signal }).catch(() => false);
  if (await Promise.race([check.source?.closed(), open]))
    tally.counts.left.push(`the source of a call of ${plugin}.${check.action}`);
  patience.abort();
}

async function lost(answered: AbortSignal): Promise<typeof LOST> {
  await delay(WITHIN_MILLISECONDS, undefined, { signal: answered }).catch(() => {});
  return LOST;
}

async function call({ manager, plugin, check }: Attempt): Promise<unknown> {
  const abort = new AbortController();
  const timer = check.abortAfter === undefined ? undefined : setTimeout(() => abort.abort(), check.abortAfter);
  try {
    const answer = await manager.executePlugin(plugin, check.input, {
      action: check.action,
      signal: abort.signal,
      ...(check.timeout === undefined ? {} : { timeout: check.timeout }),
    });
    return answer instanceof PluginStream ? await read(answer, check.take ?? Number.POSITIVE_INFINITY) : answer;
  } finally {
    clearTimeout(timer);
  }
}

async function read(stream: PluginStream, take: number): Promise<readonly unknown[]> {
  const taken: unknown[] = [];
  if (take === 0) await stream.return();
  else
    for await (const value of stream) {
      taken.push(value);
      if (taken.length >= take) break;
    }
  return taken;
}

function countFailure(attempt: Attempt, error: unknown, startedAt: number): void {
  const { plugin, check, tally } = attempt;
  if (isBulkheadError(error) && mayFail(attempt, error, startedAt)) tally.failed(error.code);
  else tally.counts.wrong.push(`${plugin}.${check.action}: ${describe(error)}`);
}

function mayFail({ plugin, check, causes, isClosing }: Attempt, error: BulkheadError, startedAt: number): boolean {
  if (check.mayFailWith?.includes(error.code) === true) return true;
  // also inside the error of a plugin that called another one
  if (isClosing() && (error.code === 'MANAGER_CLOSED' || error.message.includes('manager is closed'))) return true;
  // An interpreter that can't even allocate its MemoryError raises SystemError.
  if (plugin === 'glutton' && /MemoryError|SystemError/.test(error.message)) return true;
  if (causes.excuse(plugin, error.code, startedAt)) return true;
  const raised = check.mayRaise?.find(({ message }) => message.test(error.message));
  return raised !== undefined && causes.excuse(plugin, raised.as, startedAt);
}

function describe(error: unknown): string {
  if (!isBulkheadError(error)) return error instanceof Error ? (error.stack ?? String(error)) : String(error);
  return `${error.code}: ${error.message} ${JSON.stringify(error.context)}`;
}
