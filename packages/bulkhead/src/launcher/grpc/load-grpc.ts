import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { loadOptional } from '../optional-package.ts';

/** @throws BulkheadError `TRANSPORT_PACKAGE_MISSING` */
export async function loadGrpc({ id, launch: { transport } }: PluginSpec): Promise<object> {
  return await loadOptional<object>({ plugin: id, transport, package: '@grpc/grpc-js' });
}
