import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { type Overrun, overrunError, overrunInWords } from '../limits/overrun.ts';
import type { Diagnosis } from '../running-instance.ts';
import type { Blamed } from './culprit.ts';
import type { GroupMessage } from './group-message.ts';

/** How the thread of a plugin ended while its group ran on. */
export type ThreadExit = Pick<Diagnosis, 'ending' | 'failure' | 'limit'>;

/** Why the process of a group is gone, and who has most likely done that. */
export interface GroupEnd extends Pick<Diagnosis, 'ending' | 'failure' | 'lastLines' | 'limit'> {
  readonly blamed: Blamed;
}

/** By what its group says of it. */
export function exitOf(
  { id, launch }: PluginSpec,
  { status, limit }: Extract<GroupMessage, { readonly type: 'ended' }>,
): ThreadExit {
  if (limit === undefined) return { ending: `exited with status ${status}` };
  const { memory } = launch.resources;
  if (memory === undefined)
    return { ending: 'ran out of memory: its heap was as large as its language lets it become' };
  const overrun: Overrun = { limit, most: memory };
  return { ending: overrunInWords(overrun), failure: overrunError(id, overrun), limit };
}
