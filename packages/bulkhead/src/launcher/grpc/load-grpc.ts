import { BulkheadError } from '../../errors/bulkhead-error.ts';

/** @throws BulkheadError `TRANSPORT_PACKAGE_MISSING` */
export async function loadGrpc(plugin: string): Promise<object> {
  try {
    return await import('@grpc/grpc-js');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BulkheadError(
      'TRANSPORT_PACKAGE_MISSING',
      { plugin, transport: 'grpc', package: '@grpc/grpc-js', side: 'host', reason },
      { cause },
    );
  }
}
