import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** KiB of this process. */
export interface HostMemory {
  /** What JavaScript holds: objects, and the bytes of its buffers. */
  readonly heap: number;
  readonly resident: number;
}

/** Collects twice: what the first collection finalizes may have held more. */
export async function hostMemory(): Promise<HostMemory> {
  collectGarbage();
  await nextTurn();
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: (heapUsed + external) / 1024, resident: rss / 1024 };
}
