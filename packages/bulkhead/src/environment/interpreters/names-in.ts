import { readdir } from 'node:fs/promises';
import { cureOfExhaustion } from '../../lifecycle/system-exhaustion.ts';

/** Names in a folder that need not be there: a PATH names folders that are not, and a home folder holds few of the tools' folders. */
export async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: unknown) => {
    if (cureOfExhaustion(error) !== undefined) throw error;
    return [];
  });
}
