import { randomBytes } from 'node:crypto';
import { readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StateFolder } from '../state-folder.ts';

/** The SDK's interpreter.py knows the name: a plugin that a host starts has the host's own SDK, and needs no other. */
export const SDK_FILE = 'bulkhead_plugin_sdk.pth';

/**
 * Lets editors, type checkers and the environment's own interpreter find `plugin_sdk`. It is installed nowhere: a `.pth` file in the
 * environment names a link in the state folder, and each host lets that lead to its own SDK. So a host that is upgraded, or
 * moved, takes all environments along. Where the folder can't be written to, tools go without.
 */
export async function offerSdk(sitePackages: string, state: StateFolder, sdk: string): Promise<void> {
  const { pythonSdk } = state;
  try {
    if ((await readlink(pythonSdk).catch(() => undefined)) !== sdk) await renewLink(pythonSdk, sdk);
    const file = join(sitePackages, SDK_FILE);
    const line = sdkLine(state);
    if ((await readFile(file, 'utf8').catch(() => undefined)) !== line) await writeFile(file, line);
  } catch {
    return;
  }
}

/** All that the file says. */
export function sdkLine({ pythonSdk }: StateFolder): string {
  return `${pythonSdk}\n`;
}

async function renewLink(link: string, target: string): Promise<void> {
  const draft = `${link}-${randomBytes(6).toString('hex')}`;
  try {
    await symlink(target, draft, 'junction');
    await rename(draft, link);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
