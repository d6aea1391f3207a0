import type { ServiceError } from '@grpc/grpc-js';
import { asReason } from '../errors/as-reason.ts';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { GrpcSocket } from '../launcher/running-instance.ts';
import { settlesWithin } from '../lifecycle/wait.ts';
import { grpcOf } from './grpc-client.ts';

/** A process whose end broke the connection is known to have ended within this time. */
const END_MILLISECONDS = 200;

export interface Asked {
  readonly plugin: string;
  readonly service: string;
  /** Whether the service has answered before. */
  readonly isMet: boolean;
  /** What to do where there is no such service, and where there is no server of gRPC: sentences. */
  readonly cures?: { readonly missing?: string | undefined; readonly unreachable?: string | undefined };
}

/** What it means that a call which never ends by itself has ended; undefined: the peer is gone. */
export async function grpcLoss(
  { code, details }: ServiceError,
  socket: GrpcSocket,
  { plugin, service, isMet, cures = {} }: Asked,
): Promise<Error | undefined> {
  const { status } = grpcOf(socket);
  const said = `${status[code]}: ${details.replace(/\s*Resolution note: $/, '')}`;
  if (code === status.UNIMPLEMENTED)
    return new BulkheadError('PROTOCOL_MISMATCH', {
      plugin,
      reason: asReason(`the host speaks ${service}, and the plugin's server of gRPC has no such service (${said})`),
      cure: cures.missing,
    });
  if (code === status.CANCELLED || (code === status.UNAVAILABLE && isMet)) return undefined;
  if (await settlesWithin(socket.gone, END_MILLISECONDS)) return undefined;
  if (code !== status.UNAVAILABLE) return new Error(asReason(`a call of gRPC ended with ${said}`));
  return new BulkheadError('PROTOCOL_VIOLATION', {
    plugin,
    reason: asReason(`what listens on its socket is no server of gRPC (${said})`),
    cure: cures.unreachable ?? 'Let it serve gRPC there, without TLS.',
  });
}
