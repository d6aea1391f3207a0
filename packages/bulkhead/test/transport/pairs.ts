import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type ServerOpts, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import * as grpc from '@grpc/grpc-js';
import { type Channel, channelOf, FrameDecoder, FrameEncoder, type HostMessage } from '@bulkhead/protocol';
import * as zeromq from 'zeromq';
import { deferred } from '../../src/lifecycle/deferred.ts';
import type { Endpoint } from '../../src/launcher/running-instance.ts';
import { bindSockets } from '../../src/launcher/zeromq/host-sockets.ts';
import { transportFor } from '../../src/transport/transport-for.ts';
import type { Transport, TransportLimits } from '../../src/transport/transport.ts';
import { decodePieces, encodePiece } from '../../src/transport/grpc-pieces.ts';
import { splitStream } from '../../src/transport/one-stream.ts';
import type { ByteStream } from '../../src/transport/byte-stream.ts';
import { until } from '../until.ts';
import { createMemoryPair, type MemoryPair } from './memory-pair.ts';

export const LIMITS: TransportLimits = { frame: 4 * 1024 * 1024, body: 64 * 1024 * 1024, values: 1_000_000 };

/** Both ends of a transport: the host's, and one to play the plugin with. */
export type Pair = MemoryPair;

export interface PairFactory {
  readonly name: string;
  create(limits?: TransportLimits): Promise<Pair & { cleanUp(): Promise<void> }>;
}

export const factories: readonly PairFactory[] = [
  { name: 'memory', create: async (limits = LIMITS) => ({ ...createMemoryPair({ limits }), cleanUp: async () => {} }) },
  { name: 'socket pair', create: (limits) => createSocketPair(connected, limits) },
  { name: 'paused socket pair', create: (limits) => createSocketPair(acceptedPaused, limits) },
  { name: 'one stream', create: (limits) => createSocketPair(overOneStream, limits) },
  { name: 'address', create: (limits) => createSocketPair(addressed, limits) },
  { name: 'grpc', create: (limits) => createSocketPair(overGrpc, limits) },
  { name: 'zeromq', create: (limits) => createZeromqPair(undefined, limits) },
  { name: 'zeromq over tcp', create: (limits) => createZeromqPair('tcp://127.0.0.1:*', limits) },
];

/** A transport, and the sockets of the plugin that it leads to. */
interface Connection {
  readonly transport: Transport;
  readonly ends: Readonly<Record<Channel, ByteStream>>;
  /** The host's own ends, where the test has made them. */
  readonly near?: Readonly<Record<Channel, Socket>>;
  readonly servers: readonly { close(): unknown }[];
}

/** A pair whose plugin has plain sockets, to do with what a transport would not. */
export type SocketPairs = Pair & Pick<Connection, 'ends' | 'near'> & { cleanUp(): Promise<void> };

export async function createSocketPair(
  connectIn: (folder: string, limits: TransportLimits) => Promise<Connection> = connected,
  limits: TransportLimits = LIMITS,
): Promise<SocketPairs> {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-transport-'));
  const { transport, ends, near, servers } = await connectIn(folder, limits);
  let receive: (message: HostMessage) => void = () => {};
  for (const far of Object.values(ends)) {
    const decoder = new FrameDecoder({
      frame: (message) => receive(message as unknown as HostMessage),
      refused: () => far.destroy(),
    });
    far.on('data', (chunk: Buffer) => decoder.push(chunk));
    far.on('error', () => {});
  }
  return {
    transport,
    ends,
    ...(near === undefined ? {} : { near }),
    peer: {
      get receive() {
        return receive;
      },
      set receive(next) {
        receive = next;
      },
      send(message) {
        const encoder = new FrameEncoder();
        const bodies = encoder.append(message, 65_536);
        const end = ends[channelOf(message[0])];
        end.write(new Uint8Array(encoder.take()));
        for (const body of bodies) end.write(body);
      },
      sendRaw: (channel, bytes) => void ends[channel].write(bytes),
      close: () => {
        ends.data.end();
        ends.control.end();
      },
    },
    async cleanUp() {
      await transport[Symbol.asyncDispose]();
      for (const far of Object.values(ends)) far.destroy();
      for (const server of servers) server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function transportOn(endpoint: Endpoint, limits: TransportLimits): Transport {
  return transportFor(endpoint, { id: 'peer', calls: { limits } }, () => false);
}

/** Both ends connected, as an instance inherits them. */
async function connected(folder: string, limits: TransportLimits): Promise<Connection> {
  const [data, control] = await Promise.all([
    connectedPair(join(folder, 'data')),
    connectedPair(join(folder, 'control')),
  ]);
  return {
    transport: transportOn({ kind: 'socket-pair', data: data.near, control: control.near }, limits),
    ends: { data: data.far, control: control.far },
    near: { data: data.near, control: control.near },
    servers: [data.server, control.server],
  };
}

/** The host listens, and takes a connection without reading from it yet. */
async function acceptedPaused(folder: string, limits: TransportLimits): Promise<Connection> {
  const [data, control] = await Promise.all([
    connectedPair(join(folder, 'data'), { pauseOnConnect: true }),
    connectedPair(join(folder, 'control'), { pauseOnConnect: true }),
  ]);
  return {
    transport: transportOn({ kind: 'socket-pair', data: data.far, control: control.far }, limits),
    ends: { data: data.near, control: control.near },
    servers: [data.server, control.server],
  };
}

/** Standard input and output of an instance: sockets of which only one direction is used. */
async function overOneStream(folder: string, limits: TransportLimits): Promise<Connection> {
  const [input, output] = await Promise.all([
    connectedPair(join(folder, 'input')),
    connectedPair(join(folder, 'output')),
  ]);
  return {
    transport: transportOn({ kind: 'one-stream', readable: output.near, writable: input.near }, limits),
    ends: splitStream(input.far, output.far),
    servers: [input.server, output.server],
  };
}

/** The instance listens, and the host connects when the transport is made. */
async function addressed(folder: string, limits: TransportLimits): Promise<Connection> {
  const paths = [join(folder, 'data'), join(folder, 'control')] as const;
  const servers = paths.map((path) => createServer().listen(path));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const accepted = Promise.all(servers.map((server) => once(server, 'connection')));
  const transport = transportOn({ kind: 'address', data: `unix:${paths[0]}`, control: `unix:${paths[1]}` }, limits);
  const [[data], [control]] = (await accepted) as [[Socket], [Socket]];
  return { transport, ends: { data, control }, servers };
}

/** The instance serves gRPC on a socket, and the host opens a call for each channel. */
async function overGrpc(folder: string, limits: TransportLimits): Promise<Connection> {
  const path = join(folder, 'plugin');
  const server = new grpc.Server({ 'grpc.max_receive_message_length': -1 });
  const ends = { data: deferred<ByteStream>(), control: deferred<ByteStream>() };
  const method = (name: string) => {
    const same = (bytes: Buffer): Buffer => bytes;
    const codec = {
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    };
    return { path: `/bulkhead.plugin.v1.Frames/${name}`, requestStream: true, responseStream: true, ...codec };
  };
  server.addService(
    { Data: method('Data'), Control: method('Control') },
    {
      Data: (call: PieceStream) => ends.data.resolve(overCall(call)),
      Control: (call: PieceStream) => ends.control.resolve(overCall(call)),
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${path}`, grpc.ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  const gone = new Promise<void>(() => {});
  const transport = transportOn({ kind: 'grpc', grpc, path, connected: () => undefined, gone }, limits);
  const [data, control] = await Promise.all([ends.data.promise, ends.control.promise]);
  return { transport, ends: { data, control }, servers: [{ close: () => server.forceShutdown() }] };
}

type PieceStream = grpc.ServerDuplexStream<Buffer, Buffer>;

/** What a plugin sees of one channel. */
function overCall(call: PieceStream): ByteStream {
  call.sendMetadata(new grpc.Metadata());
  const stream = new Duplex({
    allowHalfOpen: false,
    read: () => void call.resume(),
    write: (chunk: Buffer, _, done) => void call.write(encodePiece(chunk), () => done()),
    final: (done) => {
      call.end();
      done();
    },
    destroy: (error, done) => {
      if (!call.writableEnded) call.destroy();
      done(error);
    },
  });
  call.on('data', (message: Buffer) => decodePieces(message).forEach((piece) => stream.push(piece)));
  call.once('end', () => stream.push(null));
  call.on('cancelled', () => stream.destroy());
  call.on('error', () => stream.destroy());
  return Object.assign(stream, { destroySoon: () => stream.end() });
}

async function connectedPair(
  path: string,
  options: ServerOpts = {},
): Promise<{ near: Socket; far: Socket; server: Server }> {
  const server = createServer(options).listen(path);
  await once(server, 'listening');
  const near = connect(path);
  const [far] = (await once(server, 'connection')) as [Socket];
  await once(near, 'connect');
  return { near, far, server };
}

/** A pair whose plugin has ZeroMQ sockets. */
async function createZeromqPair(
  address: string | undefined,
  limits: TransportLimits = LIMITS,
): Promise<Pair & { cleanUp(): Promise<void> }> {
  const largest = limits.body;
  const host = await bindSockets(zeromq, { plugin: 'peer', address, isEncrypted: true, largest });
  const { data, control } = host;
  const { connected } = host;
  const transport = transportOn({ kind: 'zeromq', data, control, connected, gone: new Promise(() => {}) }, limits);
  const ends = await connectedTo(host.endpoint, host.variables['BULKHEAD_CURVE_KEY']);
  const sockets = [data.toPlugin, data.toHost, control.toPlugin, control.toHost];
  await until(() => sockets.every(({ writable }) => writable), 'the connections');
  let receive: (message: HostMessage) => void = () => {};
  for (const end of [ends.dataToPlugin, ends.controlToPlugin])
    void (async () => {
      const decoder = new FrameDecoder({
        frame: (message) => receive(message as unknown as HostMessage),
        refused: () => end.close(),
      });
      for await (const parts of end) for (const piece of framed(parts)) decoder.push(piece);
    })();
  const toHost = { data: ends.dataToHost, control: ends.controlToHost };
  const queues = { data: Promise.resolve(), control: Promise.resolve() };
  const send = (channel: Channel, parts: Uint8Array[]): void => {
    queues[channel] = queues[channel]
      .then(async () => await toHost[channel].send(parts.map((part) => Buffer.from(part))))
      .catch(() => {}); // the test has ended meanwhile
  };
  return {
    transport,
    peer: {
      get receive() {
        return receive;
      },
      set receive(next) {
        receive = next;
      },
      send(message) {
        const encoder = new FrameEncoder();
        const bodies = encoder.append(message, 65_536);
        send(channelOf(message[0]), [new Uint8Array(encoder.take().subarray(4)), ...bodies]);
      },
      sendRaw(channel, bytes) {
        for (let rest = Buffer.from(bytes); rest.length > 0; rest = rest.subarray(4 + rest.readUInt32LE()))
          send(channel, [rest.subarray(4, 4 + rest.readUInt32LE())]);
      },
      close: () => {
        for (const end of Object.values(ends)) end.close();
      },
    },
    async cleanUp() {
      await transport[Symbol.asyncDispose]();
      for (const end of Object.values(ends)) end.close();
      host.close();
    },
  };
}

/** A message of ZeroMQ as a stream would carry it. */
function framed([payload = Buffer.alloc(0), ...bodies]: Buffer[]): Buffer[] {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32LE(payload.length);
  return [prefix, payload, ...bodies];
}

/** The plugin's sockets, connected to what the host has bound. */
async function connectedTo(endpoint: string, key: string | undefined): Promise<Record<PluginSocket, zeromq.Dealer>> {
  const address = endpoint.slice('zeromq:'.length);
  const [, base = '', ports = ''] = /^(tcp:.*:)([\d,]+)$/.exec(address) ?? [];
  const names = ['data-to-plugin', 'data-to-host', 'control-to-plugin', 'control-to-host'];
  const addresses =
    base === '' ? names.map((name) => `${address}/${name}`) : ports.split(',').map((port) => base + port);
  const { publicKey, secretKey } = zeromq.curveKeyPair();
  const keys = { curveServerKey: key ?? null, curvePublicKey: publicKey, curveSecretKey: secretKey };
  const ends = addresses.map((each) => {
    const end = new zeromq.Dealer({ linger: 500, ...(key === undefined ? {} : keys) });
    end.connect(each);
    return end;
  });
  const [dataToPlugin, dataToHost, controlToPlugin, controlToHost] = ends as [
    zeromq.Dealer,
    zeromq.Dealer,
    zeromq.Dealer,
    zeromq.Dealer,
  ];
  return { dataToPlugin, dataToHost, controlToPlugin, controlToHost };
}

type PluginSocket = 'dataToPlugin' | 'dataToHost' | 'controlToPlugin' | 'controlToHost';
