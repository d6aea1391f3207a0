import type * as zeromq from 'zeromq';
import { loadOptional } from '../optional-package.ts';

export type Zeromq = typeof zeromq;

/** @throws BulkheadError `TRANSPORT_PACKAGE_MISSING` */
export async function loadZeromq(plugin: string): Promise<Zeromq> {
  return await loadOptional<Zeromq>({ plugin, transport: 'zeromq', package: 'zeromq' });
}
