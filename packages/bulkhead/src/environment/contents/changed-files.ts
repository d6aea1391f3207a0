import type { ChangedFile } from '../../errors/catalogue/environment.ts';
import type { FileStates } from './files-of.ts';
import { isKeptBesideCode } from './byte-code.ts';
import { type Inventory, takeInventory } from './inventory.ts';

export interface Comparison {
  /** What is as it was built. */
  readonly intact: Inventory;
  readonly changes: readonly ChangedFile[];
  /** Byte code, and the like, that was not there when the environment was built, or had other content. */
  readonly foreignByteCode: readonly string[];
}

/** Reads what no longer has the state in which it was read last. Byte code that is gone is no change: Python makes it anew. */
export async function compare(prefix: string, built: Inventory, states: FileStates): Promise<Comparison> {
  const found = await takeInventory(prefix, states, built);
  const isIntact = (path: string): boolean => {
    const content = found.get(path)?.content;
    return content !== undefined && content === built.get(path)?.content;
  };
  const others = [...found.keys()].filter((path) => !isIntact(path));
  const gone = [...built.keys()].filter((path) => !found.has(path) && !isKeptBesideCode(path));
  return {
    intact: new Map([...found].filter(([path]) => isIntact(path))),
    changes: [
      ...others
        .filter((path) => !isKeptBesideCode(path))
        .map((path) => ({ path, change: built.has(path) ? 'changed' : 'added' }) as const),
      ...gone.map((path) => ({ path, change: 'removed' }) as const),
    ],
    foreignByteCode: others.filter(isKeptBesideCode),
  };
}
