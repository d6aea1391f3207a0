import { randomBytes } from 'node:crypto';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makePrivateFolder } from '../../lifecycle/private-folder.ts';
import { forgetEarlierBoots, foldersOfDeadHosts } from '../ledger/dead-hosts.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** Folders that sandboxed plugins may write to, each as long as its process runs: `MACHINE/HOST-PID-START/NAME`. */
export class ScratchFolders {
  readonly #root: string;
  readonly #ledger: Ledger;
  readonly #removals = new Set<Promise<void>>();

  constructor(root: string, ledger: Ledger) {
    this.#root = root;
    this.#ledger = ledger;
  }

  /** @returns the absolute path of a new one, which only this user may enter */
  async make(): Promise<string> {
    makePrivateFolder(this.#root);
    const folder = join(this.#root, this.#ledger.hostPath, randomBytes(8).toString('hex'));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  /** To be called when nothing runs any more that writes to it. What can't be removed goes with the next sweep. */
  remove(folder: string): void {
    const removal = removeAll(folder)
      .catch(() => {})
      .finally(() => this.#removals.delete(removal));
    this.#removals.add(removal);
  }

  /** Resolves when those that were removed are gone. */
  async settled(): Promise<void> {
    await Promise.all(this.#removals);
  }

  /** Removes what hosts have left that are gone. */
  async sweep(): Promise<void> {
    const machine = join(this.#root, dirname(this.#ledger.hostPath));
    await forgetEarlierBoots(this.#root, machine);
    for (const folder of await foldersOfDeadHosts(machine)) await rm(folder, { recursive: true, force: true });
  }
}

async function removeAll(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  await rmdir(dirname(folder)).catch(() => {}); // others may be in it
}
