import { fileURLToPath } from 'node:url';
import type { Options } from '@grpc/proto-loader';
import { loadOptional } from '../optional-package.ts';

const CONTRACT = '@bulkhead/protocol/proto/bulkhead/plugin/v1/plugin.proto';

interface Loader {
  load(file: string, options: Options): Promise<object>;
}

/** The methods and messages of the typed service. @throws BulkheadError `TRANSPORT_PACKAGE_MISSING` */
export async function loadContract(plugin: string): Promise<object> {
  const { load } = await loadOptional<Loader>({ plugin, transport: 'grpc', package: '@grpc/proto-loader' });
  return await load(fileURLToPath(import.meta.resolve(CONTRACT)), { longs: Number, enums: String, oneofs: true });
}
