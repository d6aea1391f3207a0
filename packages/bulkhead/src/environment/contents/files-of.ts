import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { TurnBudget } from '../../lifecycle/turn-budget.ts';

/**
 * All files and links below a folder, by their path from there, each with what the file system notes of it: kind, size, times and number.
 * Whoever changes a file can set all of these but the time of its last change, which follows the clock. A link is not followed.
 */
export type FileStates = ReadonlyMap<string, string>;

/** A file that was changed so lately that it could change again without another time: Linux notes the time of its last tick. */
export const JUST_CHANGED = 'just changed';
const TICK_MILLISECONDS = 20;

/** What stands in for a byte of a name that is not UTF-8. */
const NOT_UTF8 = '\u{fffd}';

/** In one go, because a wait for each file would take many times as long; in slices, because the host has calls to serve. */
export async function filesOf(top: string, isLeftOut: (path: string) => boolean = () => false): Promise<FileStates> {
  const states = new Map<string, string>();
  const budget = new TurnBudget();
  budget.renew();
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of namesIn(top + folder)) {
      const path = `${folder}/${name}`;
      const found = lookAt(top + path);
      if (found?.isDirectory() === true) folders.push(path);
      else if (!isLeftOut(path.slice(1))) {
        const state = describe(found, name);
        if (state !== undefined) states.set(path.slice(1), state);
      }
    }
    if (budget.isLeft) continue;
    await setImmediate();
    budget.renew();
  }
  return states;
}

/** Undefined: it is gone by now. */
export function stateOf(top: string, path: string): string | undefined {
  return describe(lookAt(`${top}/${path}`), path);
}

function describe(found: Stats | undefined, name: string): string | undefined {
  // such a name can't be opened by what Node makes of it
  if (found === undefined) return name.includes(NOT_UTF8) ? 'unreadable' : undefined;
  const { size, mtimeMs, ctimeMs, ino } = found;
  if (ctimeMs > Date.now() - TICK_MILLISECONDS) return JUST_CHANGED;
  const kind = found.isFile() ? 'file' : found.isSymbolicLink() ? 'link' : 'other';
  return `${kind} ${size} ${mtimeMs} ${ctimeMs} ${ino}`;
}

function lookAt(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** None of a folder that is gone by now. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
