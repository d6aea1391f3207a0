import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { TurnBudget } from '../../lifecycle/turn-budget.ts';
import { contentOf } from './content-of.ts';
import { type FileStates, JUST_CHANGED } from './files-of.ts';

/** A file as it was when its content was read. */
export interface HeldFile {
  /** As in `FileStates`. */
  readonly state: string;
  /** As `contentOf` has it. */
  readonly content: string | undefined;
}

/** What an environment holds, by path. */
export type Inventory = ReadonlyMap<string, HeldFile>;

/** Reads the files of an environment, but not those whose state is `known` already. */
export async function takeInventory(
  prefix: string,
  states: FileStates,
  known: Inventory = new Map(),
): Promise<Inventory> {
  const inventory = new Map<string, HeldFile>();
  const budget = new TurnBudget();
  budget.renew();
  for (const [path, state] of states) {
    const before = known.get(path);
    const isRead = before?.state !== state || state === JUST_CHANGED;
    inventory.set(path, isRead ? { state, content: await contentOf(join(prefix, path)) } : before);
    if (budget.isLeft) continue;
    await setImmediate();
    budget.renew();
  }
  return inventory;
}
