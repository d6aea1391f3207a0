import type { CatalogueEntry } from './entry.ts';

export const STATE_FOLDER_UNUSABLE: CatalogueEntry<{
  readonly folder: string;
  readonly reason: string;
  /** A sentence. */
  readonly cure: string;
}> = {
  blame: 'environment',
  retryable: false,
  httpStatus: 500,
  when: "Bulkhead's data folder cannot be written, or is not the user's alone.",
  message: ({ folder, reason }) => `Bulkhead can't use its data folder ${folder}: ${reason}.`,
  advice: ({ cure }) => cure,
  sample: {
    folder: '/home/ada/.local/share/bulkhead',
    reason: 'EACCES: permission denied',
    cure: 'Make the folder writable, or name another in BULKHEAD_HOME.',
  },
};

export const SYSTEM_EXHAUSTED: CatalogueEntry<{
  readonly reason: string;
  /** A sentence. */
  readonly cure: string;
}> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 503,
  when: 'The machine has no room for more open files, processes or memory.',
  message: ({ reason }) => `The system has no room for more: ${reason}.`,
  advice: ({ cure }) => cure,
  sample: {
    reason: 'EMFILE: too many open files',
    cure: 'Raise the limit of open files of this process (`ulimit -n`).',
  },
};
