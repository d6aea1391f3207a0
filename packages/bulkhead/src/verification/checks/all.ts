import type { Check } from '../check.ts';
import type { PlanOptions } from '../inputs/call-plan.ts';
import { actions } from './actions.ts';
import { cancel } from './cancel.ts';
import { concurrency } from './concurrency.ts';
import { crash } from './crash.ts';
import { end } from './end.ts';
import { handshake } from './handshake.ts';
import { largeData } from './large-data.ts';
import { memory } from './memory.ts';
import { metadata } from './metadata.ts';
import { misfits } from './misfits.ts';
import { noise } from './noise.ts';
import { reload } from './reload.ts';
import { timeLimit } from './time-limit.ts';

/** In the order in which they run: the first starts the plugin, the last ends it. */
export function allChecks(options: PlanOptions): readonly Check[] {
  return [
    handshake(options),
    metadata,
    actions,
    misfits,
    noise,
    largeData,
    concurrency,
    cancel,
    timeLimit,
    memory,
    reload,
    crash,
    end,
  ];
}

/** What each is called by. */
export const CHECK_NAMES: readonly string[] = allChecks({ made: 'none', actions: [] }).map(({ name }) => name);
