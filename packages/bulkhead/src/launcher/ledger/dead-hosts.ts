import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isHostAlive } from '../../lifecycle/host-name.ts';
import { namesIn } from './read-ledger.ts';

/** Folders in that of a machine that belong to hosts which are gone. */
export async function foldersOfDeadHosts(machineFolder: string): Promise<string[]> {
  const names = await namesIn(machineFolder);
  return names.filter((name) => !isHostAlive(name)).map((name) => join(machineFolder, name));
}

/** Removes the folders of earlier boots of this machine: nothing that they tell of can run now. */
export async function forgetEarlierBoots(folder: string, machineFolder: string): Promise<void> {
  const [host, boot] = basename(machineFolder).split('~');
  const earlier = (await namesIn(folder)).filter((name) => {
    const [itsHost, itsBoot] = name.split('~');
    return itsHost === host && itsBoot !== boot;
  });
  for (const name of earlier) await rm(join(folder, name), { recursive: true, force: true });
}
