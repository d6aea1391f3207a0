import type { Arena } from './arena.ts';
import { FAULTS } from './faults.ts';
import type { Random } from './random.ts';

const PAUSE_MILLISECONDS = { least: 10, most: 250 };

/** Injects faults at random moments until the round is over, also several at once, and waits for the last to end. */
export async function injectFaults(arena: Arena, random: Random): Promise<void> {
  const running: Promise<void>[] = [];
  let kinds: string[] = [];
  while (!arena.isOver) {
    if (kinds.length === 0) kinds = Object.keys(FAULTS); // each once before any comes again
    const [kind = ''] = kinds.splice(random.integer(0, kinds.length - 1), 1);
    running.push(inject(kind, arena, random));
    await arena.pause(random.integer(PAUSE_MILLISECONDS.least, PAUSE_MILLISECONDS.most));
  }
  await Promise.all(running);
}

async function inject(kind: string, arena: Arena, random: Random): Promise<void> {
  if ((await FAULTS[kind]?.(arena, random)) !== false) arena.tally.fault(kind);
}
