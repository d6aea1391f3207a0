import type * as zeromq from 'zeromq';
import { BulkheadError } from '../../errors/bulkhead-error.ts';

/** The package `zeromq`, which an application installs beside Bulkhead if one of its plugins asks for it. */
export type Zeromq = typeof zeromq;

/** @throws BulkheadError `TRANSPORT_PACKAGE_MISSING` */
export async function loadZeromq(plugin: string): Promise<Zeromq> {
  try {
    return await import('zeromq');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BulkheadError(
      'TRANSPORT_PACKAGE_MISSING',
      { plugin, transport: 'zeromq', package: 'zeromq', side: 'host', reason },
      { cause },
    );
  }
}
