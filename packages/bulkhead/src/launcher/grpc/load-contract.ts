import { fileURLToPath } from 'node:url';
import { BulkheadError } from '../../errors/bulkhead-error.ts';

const CONTRACT = '@bulkhead/protocol/proto/bulkhead/plugin/v1/plugin.proto';

/** The methods and messages of the typed service. @throws BulkheadError `TRANSPORT_PACKAGE_MISSING` */
export async function loadContract(plugin: string): Promise<object> {
  try {
    const { load } = await import('@grpc/proto-loader');
    return await load(fileURLToPath(import.meta.resolve(CONTRACT)), { longs: Number, enums: String, oneofs: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BulkheadError(
      'TRANSPORT_PACKAGE_MISSING',
      { plugin, transport: 'grpc', package: '@grpc/proto-loader', side: 'host', reason },
      { cause },
    );
  }
}
