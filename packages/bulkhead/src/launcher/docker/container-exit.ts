import type { ContainerEngine, ContainerState } from '../../engine/container-engine.ts';
import { wait } from '../../lifecycle/wait.ts';

/** How a container ended, as far as its engine could tell. */
export interface ContainerExit {
  /** As a shell has it: over 128 for a signal. Null: the engine did not tell. */
  readonly status: number | null;
  readonly outOfMemory: boolean;
  /** Whether the engine was stopped, and has ended it for that. */
  readonly engineStopped: boolean;
}

const FIRST_PAUSE_MILLISECONDS = 20;
const LONGEST_PAUSE_MILLISECONDS = 1_000;
/** The engine may be restarted, and answer soon. */
const PATIENCE_MILLISECONDS = 3_000;
/** What an engine sends its containers when it is stopped, and `docker stop` as well. */
const ENDED_BY_TERM = 143;

/**
 * Waits for the end of a container, also over a restart of its engine, which breaks off an answer but not the container.
 *
 * @param disconnected aborted when the plugin has closed its lifeline, which it does when it ends
 * @param isRequested whether this host has asked for the end
 */
export async function containerExit(
  engine: ContainerEngine,
  id: string,
  disconnected: AbortSignal,
  isRequested: () => boolean,
): Promise<ContainerExit> {
  const never = new AbortController().signal;
  let awaySince: number | undefined;
  let pause = FIRST_PAUSE_MILLISECONDS;
  let condition: 'next-exit' | 'not-running' = 'next-exit';
  for (;;) {
    try {
      const status = await engine.wait(id, condition, never, true);
      return await explained(engine, id, status, isRequested);
    } catch {
      condition = 'not-running';
      awaySince ??= performance.now();
      const state = await stateOf(engine, id);
      if (state === undefined) return { status: null, outOfMemory: false, engineStopped: false };
      if (state !== 'not told') awaySince = undefined;
      else if (disconnected.aborted && performance.now() - awaySince > PATIENCE_MILLISECONDS)
        return { status: null, outOfMemory: false, engineStopped: true };
      await wait(pause, never);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MILLISECONDS);
    }
  }
}

async function explained(
  engine: ContainerEngine,
  id: string,
  status: number,
  isRequested: () => boolean,
): Promise<ContainerExit> {
  const state = await stateOf(engine, id);
  const isUnasked = status === ENDED_BY_TERM && !isRequested();
  return {
    status,
    outOfMemory: typeof state === 'object' && state.OOMKilled,
    engineStopped: isUnasked && (state === 'not told' || (await goesAway(engine, id))),
  };
}

/** An engine that is stopped ends its containers first. */
async function goesAway(engine: ContainerEngine, id: string): Promise<boolean> {
  const until = performance.now() + LONGEST_PAUSE_MILLISECONDS;
  while (performance.now() < until) {
    if ((await stateOf(engine, id)) === 'not told') return true;
    await wait(FIRST_PAUSE_MILLISECONDS * 5, new AbortController().signal);
  }
  return false;
}

async function stateOf(engine: ContainerEngine, id: string): Promise<ContainerState | undefined | 'not told'> {
  try {
    return await engine.state(id, AbortSignal.timeout(PATIENCE_MILLISECONDS));
  } catch {
    return 'not told';
  }
}
