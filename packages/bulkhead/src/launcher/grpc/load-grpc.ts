import { loadOptional } from '../optional-package.ts';

/** @throws BulkheadError `TRANSPORT_PACKAGE_MISSING` */
export async function loadGrpc(plugin: string): Promise<object> {
  return await loadOptional<object>({ plugin, transport: 'grpc', package: '@grpc/grpc-js' });
}
