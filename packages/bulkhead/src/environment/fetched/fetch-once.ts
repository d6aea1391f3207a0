import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeHeld, holderOf } from '../../lifecycle/lock-folder.ts';
import type { StateFolder } from '../state-folder.ts';

/** Something of Bulkhead's own that is fetched into the folder of tools. */
export interface Fetched {
  /** Name of its folder below `tools`. */
  readonly name: string;
  /** In words, such as `uv`. */
  readonly what: string;
  /** Whether it is there, and whole. */
  isThere(): Promise<boolean>;
  /**
   * Fetches it into an empty folder and checks it.
   *
   * @returns the path of what is to become the folder `name`
   */
  fetchInto(folder: string): Promise<string>;
}

export interface Fetching {
  readonly state: StateFolder;
  readonly signal: AbortSignal;
  /** Receives a sentence about each process that it waits for. */
  onWait(message: string): void;
}

/** Milliseconds to wait for another process that is fetching the same. */
const PATIENCE = 10 * 60_000;

/**
 * Fetches a tool, once for all processes that share the state folder, unless it is there. A rename makes it appear as a whole. If
 * another machine took the lock over meanwhile, both put the same content there, one after the other.
 *
 * @returns its folder. @throws what `fetchInto` does; Error when another process is fetching it for too long
 */
export async function fetchOnce(fetched: Fetched, { state, signal, onWait }: Fetching): Promise<string> {
  const { name, what } = fetched;
  const folder = join(state.tools, name);
  state.check();
  if (await fetched.isThere()) return folder;
  state.ensure();
  const lock = await state.locks.take([`${name}.lock`], `fetching ${what}`, {
    signal,
    limit: PATIENCE,
    onWait: (held) => onWait(`waiting: ${describeHeld(held)}`),
    onTooLong: (held, milliseconds) =>
      new Error(
        `${holderOf(held)} has been fetching it for ${Math.round(milliseconds / 1000)} s; if nothing of it is left, remove ${held.file}`,
      ),
    done: () => fetched.isThere(),
  });
  try {
    if (!(await fetched.isThere())) await publish(fetched, state, folder);
    return folder;
  } finally {
    lock?.release();
  }
}

async function publish(fetched: Fetched, state: StateFolder, folder: string): Promise<void> {
  const draft = await mkdtemp(join(state.tools, 'download-'));
  try {
    const ready = await fetched.fetchInto(draft);
    // it may be there, and not whole
    await state.discard(folder);
    await rename(ready, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
