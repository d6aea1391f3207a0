import { readdirSync } from 'node:fs';
import { cureOfExhaustion } from '../../lifecycle/system-exhaustion.ts';

/** Names in a folder that need not be there: a PATH names folders that are not, and a home folder holds few of the tools' folders. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (cureOfExhaustion(error) !== undefined) throw error;
    return [];
  }
}
