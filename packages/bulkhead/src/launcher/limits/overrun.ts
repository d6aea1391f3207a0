import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { sizeInWords } from '../../lifecycle/size.ts';

/** A limit of `resources` that instances are ended for. */
export type ReachedLimit = 'memory' | 'pids' | 'disk';

/** What a process was ended for. */
export interface Overrun {
  readonly limit: ReachedLimit;
  /** What the registry allows: bytes, or processes and threads. */
  readonly most: number;
}

/** The rest of a sentence whose subject is the plugin. */
export function overrunInWords({ limit, most }: Overrun): string {
  switch (limit) {
    case 'memory':
      return `was ended by its memory limit of ${sizeInWords(most)}`;
    case 'pids':
      return `was ended by its limit of ${most} processes and threads`;
    case 'disk':
      return `was ended by its disk limit of ${sizeInWords(most)}`;
  }
}

export function overrunError(plugin: string, overrun: Overrun): BulkheadError {
  const reason = overrunInWords(overrun);
  switch (overrun.limit) {
    case 'memory':
      return new BulkheadError('MEMORY_LIMIT_EXCEEDED', { plugin, reason });
    case 'pids':
      return new BulkheadError('PROCESS_LIMIT_EXCEEDED', { plugin, limit: overrun.most });
    case 'disk':
      return new BulkheadError('DISK_LIMIT_EXCEEDED', { plugin, reason });
  }
}
