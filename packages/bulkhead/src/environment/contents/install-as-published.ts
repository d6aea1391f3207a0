import { makePrivateFolder } from '../../lifecycle/private-folder.ts';
import type { BuildFolders } from '../build/build-folders.ts';
import type { ProgressReporter } from '../build/progress-reporter.ts';
import type { StateFolder } from '../state-folder.ts';
import { unlikePublished } from './as-published.ts';
import { filesOf } from './files-of.ts';
import { type Inventory, takeInventory } from './inventory.ts';

interface Installing {
  readonly folders: BuildFolders;
  readonly state: StateFolder;
  readonly reporter: ProgressReporter;
  /** Without what the builder keeps of earlier ones. @returns the builder: `uv 0.13.9` */
  build(isFresh: boolean): Promise<string>;
}

/**
 * Installs, once more without the builder's cache if somebody has changed what lies in that.
 *
 * @param isFresh at once without the cache
 * @returns the builder, and what it has installed
 */
export async function installAsPublished(
  installing: Installing,
  isFresh: boolean,
): Promise<{ readonly builder: string; readonly inventory: Inventory }> {
  const { folders, state, reporter } = installing;
  const builder = await installing.build(isFresh);
  const inventory = await takeInventory(folders.prefix, await filesOf(folders.prefix));
  const [unlike] = isFresh ? [] : await unlikePublished(folders.prefix, inventory);
  if (unlike === undefined) return { builder, inventory };
  reporter.tell(
    'installing',
    `installing again without a cache: from it came another ${unlike} than the package lists`,
  );
  for (const folder of [folders.prefix, folders.workshop]) {
    await state.discard(folder);
    makePrivateFolder(folder);
  }
  return await installAsPublished(installing, true);
}
