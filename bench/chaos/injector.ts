import type { Arena } from './arena.ts';
import { FAULTS } from './faults.ts';
import type { Random } from './random.ts';

const PAUSE_MILLISECONDS = { least: 10, most: 250 };

/** Makes trouble at random moments until it is over, one kind after the other or several at once; waits for the last to end. */
export async function injectFaults(arena: Arena, random: Random): Promise<void> {
  const running: Promise<void>[] = [];
  const kinds = Object.keys(FAULTS);
  while (!arena.isOver) {
    running.push(inject(random.pick(kinds), arena, random));
    await arena.pause(random.integer(PAUSE_MILLISECONDS.least, PAUSE_MILLISECONDS.most));
  }
  await Promise.all(running);
}

async function inject(kind: string, arena: Arena, random: Random): Promise<void> {
  if ((await FAULTS[kind]?.(arena, random)) !== false) arena.tally.fault(kind);
}
