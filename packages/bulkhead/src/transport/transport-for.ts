import { connect } from 'node:net';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { Endpoint } from '../launcher/running-instance.ts';
import { grpcStreams } from './grpc-streams.ts';
import { splitStream } from './one-stream.ts';
import { ServiceTransport } from './service-transport.ts';
import { SocketTransport } from './socket-transport.ts';
import { ServedTransport } from './typed/served-transport.ts';
import type { Transport, TransportLimits } from './transport.ts';
import { ZeromqTransport } from './zeromq-transport.ts';

/** What a transport needs to know of the plugin it talks to. */
interface TransportSpec {
  readonly id: string;
  readonly calls: { readonly limits: TransportLimits };
}

const UNIX = 'unix:';

/**
 * The one place that knows which transport speaks over which endpoint.
 *
 * @param isIdle whether nothing is under way that keeps the program from ending
 * @throws BulkheadError `TRANSPORT_UNAVAILABLE`
 */
export function transportFor(endpoint: Endpoint, spec: TransportSpec, isIdle: () => boolean): Transport {
  const { limits } = spec.calls;
  switch (endpoint.kind) {
    case 'socket-pair':
      return new SocketTransport(endpoint, limits);
    case 'address': {
      const { data, control } = endpoint;
      if (!data.startsWith(UNIX) || !control.startsWith(UNIX)) break;
      const open = (address: string) => connect(address.slice(UNIX.length));
      return new SocketTransport({ data: open(data), control: open(control) }, limits);
    }
    case 'one-stream':
      return new SocketTransport(splitStream(endpoint.readable, endpoint.writable), limits);
    case 'grpc':
      return new SocketTransport(grpcStreams(endpoint, spec.id), limits);
    case 'grpc-service':
      return new ServedTransport(endpoint, { plugin: spec.id, limits });
    case 'zeromq':
      return new ZeromqTransport(endpoint, limits, isIdle);
    case 'service':
      return new ServiceTransport(endpoint, { plugin: spec.id, limits });
    case 'message-port':
      break;
  }
  const address = endpoint.kind === 'address' ? ` (${endpoint.data})` : '';
  throw new BulkheadError('TRANSPORT_UNAVAILABLE', { plugin: spec.id, endpoint: `${endpoint.kind}${address}` });
}
