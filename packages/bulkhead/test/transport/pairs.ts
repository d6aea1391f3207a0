import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { channelOf, FrameDecoder, FrameEncoder, type HostMessage } from '@bulkhead/protocol';
import { createMemoryPair, type MemoryPair } from '../../src/transport/memory-transport.ts';
import { SocketTransport } from '../../src/transport/socket-transport.ts';

export const LIMITS = { frame: 4 * 1024 * 1024, body: 64 * 1024 * 1024 };

/** Both ends of a transport: the host's, and one to play the plugin with. */
export type Pair = MemoryPair;

export interface PairFactory {
  readonly name: string;
  create(): Promise<Pair & { cleanUp(): Promise<void> }>;
}

export const factories: readonly PairFactory[] = [
  {
    name: 'memory',
    create: async () => ({ ...createMemoryPair({ plugin: 'peer', limits: LIMITS }), cleanUp: async () => {} }),
  },
  { name: 'socket', create: createSocketPair },
];

async function createSocketPair(): Promise<Pair & { cleanUp(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-transport-'));
  const [data, control] = [await connectedPair(join(folder, 'data')), await connectedPair(join(folder, 'control'))];
  const transport = new SocketTransport(
    { kind: 'socket-pair', data: data.near, control: control.near },
    { plugin: 'peer', limits: LIMITS },
  );
  let receive: (message: HostMessage) => void = () => {};
  for (const { far } of [data, control]) {
    const decoder = new FrameDecoder({
      frame: (message) => receive(message as unknown as HostMessage),
      refused: () => far.destroy(),
    });
    far.on('data', (chunk: Buffer) => decoder.push(chunk));
    far.on('error', () => {});
  }
  const ends = { data: data.far, control: control.far };
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
        const end = ends[channelOf(message[0])];
        end.write(new Uint8Array(encoder.take()));
        for (const body of bodies) end.write(body);
      },
      sendRaw: (channel, bytes) => void ends[channel].write(bytes),
      close: () => {
        data.far.end();
        control.far.end();
      },
    },
    async cleanUp() {
      await transport[Symbol.asyncDispose]();
      for (const { far, server } of [data, control]) {
        far.destroy();
        server.close();
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function connectedPair(path: string): Promise<{ near: Socket; far: Socket; server: Server }> {
  const server = createServer().listen(path);
  await once(server, 'listening');
  const near = connect(path);
  const [far] = (await once(server, 'connection')) as [Socket];
  await once(near, 'connect');
  return { near, far, server };
}
