import type { CatalogueEntry } from './entry.ts';
import { seconds } from './words.ts';

/** One owner in a circle of owners that wait for each other: the next one in the list stands in its way. */
export interface DeadlockStep {
  readonly owner: string;
  /** What the one before it waits for, where this one holds it. */
  readonly holds: string | undefined;
  readonly waitsFor: string;
}

interface OfLease {
  readonly resource: string;
  /** For whom it was wanted. */
  readonly owner: string;
}

export const RESOURCE_CONFLICT: CatalogueEntry<
  OfLease & {
    /** How long it waited; 0: it did not want to wait. */
    readonly milliseconds: number;
    readonly holders: readonly { readonly owner: string; readonly mode: string; readonly milliseconds: number }[];
    /** Others that wait, the next first. */
    readonly waiting: readonly string[];
  }
> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 409,
  when: 'Others held the resource for longer than the owner would wait.',
  message: ({ resource, owner, milliseconds, holders, waiting }) =>
    `${owner} did not get resource "${resource}" ${milliseconds === 0 ? 'at once' : `within ${seconds(milliseconds)}`}: ${holders
      .map((holder) => `${holder.owner} has held it for ${seconds(holder.milliseconds)} (${holder.mode})`)
      .join(
        ', ',
      )}${waiting.length === 0 ? '' : `; ${waiting.join(', ')} ${waiting.length === 1 ? 'waits' : 'wait'} as well`}.`,
  advice: () =>
    'Try again, wait longer (`timeout`), or let its holder release it sooner; if it can be shared, say so with `mode: shared` or a capacity.',
  sample: {
    resource: 'gpu',
    owner: 'image_processor.execute',
    milliseconds: 5_000,
    holders: [{ owner: 'forecaster.train', mode: 'exclusive', milliseconds: 12_300 }],
    waiting: ['text_tools.embed'],
  },
};

export const RESOURCE_DEADLOCK: CatalogueEntry<OfLease & { readonly cycle: readonly DeadlockStep[] }> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 409,
  when: 'An owner asked for a resource whose holders wait, directly or indirectly, for what it holds itself.',
  message: ({ resource, owner, cycle }) =>
    `${owner} would wait for resource "${resource}" for ever: ${cycle
      .map(
        (step) =>
          `${step.owner}${step.holds === undefined ? '' : ` holds ${step.holds} and`} waits for ${step.waitsFor}`,
      )
      .join(', ')}.`,
  advice: () =>
    'Acquire resources in the same order everywhere, or release yours before asking for more; then try again.',
  sample: {
    resource: 'gpu',
    owner: 'forecaster.train',
    cycle: [
      { owner: 'forecaster.train', holds: 'db', waitsFor: 'gpu' },
      { owner: 'image_processor.execute', holds: 'gpu', waitsFor: 'db' },
    ],
  },
};

export const RESOURCE_WAIT_ENDED: CatalogueEntry<OfLease & { readonly reason: string }> = {
  blame: 'user',
  retryable: false,
  httpStatus: 499,
  isAbort: true,
  when: 'The wait for a resource ended early: by its signal, with its owner, or because the host is closing.',
  message: ({ resource, owner, reason }) => `${owner} no longer waits for resource "${resource}": ${reason}.`,
  advice: () => 'Nothing to do: the owner no longer wants it.',
  sample: { resource: 'gpu', owner: 'text_tools.embed', reason: 'its signal was aborted' },
};
