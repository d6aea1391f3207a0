import { once } from 'node:events';
import { spawnFloor } from '../floor-process.ts';
import { Fifo } from './fifo.ts';
import type { Peer, Tools } from './worker.ts';

/** The floor: bytes through a socket pair, without frames, codec or supervision; one at a time. */
export const bareSocket = ({ python }: Tools): Peer => ({
  what: 'the floor: bytes through a socket pair, no frames, no codec (structured: JSON text), no supervision',
  overlaps: false,
  large: true,
  async start() {
    const { child, socket } = spawnFloor(python, 'ping_pong.py');
    const answers = new Fifo<Uint8Array>();
    let chunks: Buffer[] = [];
    let missing = 0;
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      missing -= chunk.length;
      if (missing > 0) return;
      answers.answer(chunks.length === 1 ? chunk : Buffer.concat(chunks));
      chunks = [];
    });
    socket.on('error', () => {});
    socket.once('close', () => answers.fail(new Error('the socket closed')));
    const binary = (data: Uint8Array): Promise<Uint8Array> => {
      missing = data.length;
      const answer = answers.next();
      socket.write(data);
      return answer;
    };
    await binary(Buffer.from('first'));
    return {
      pid: child.pid ?? 0,
      binary,
      structured: async (value) =>
        JSON.parse(Buffer.from(await binary(Buffer.from(JSON.stringify(value)))).toString()) as unknown,
      close: async () => {
        socket.end();
        await once(child, 'exit');
      },
    };
  },
});
