import type { Socket } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';

/** What a container writes. Both end when the connection does. */
export interface ContainerStreams {
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/** One byte for the stream, three of nothing, four for the length (big-endian). */
const HEAD_BYTES = 8;
const STDERR = 2;

/** Takes apart what an engine sends of a container that has no terminal. */
export function separate(socket: Socket): ContainerStreams {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  void deliver(socket, streams).finally(() => {
    streams.stdout.end();
    streams.stderr.end();
  });
  return streams;
}

async function deliver(socket: Socket, { stdout, stderr }: Record<keyof ContainerStreams, PassThrough>): Promise<void> {
  let head = Buffer.alloc(0);
  /** Of the frame that is being read. */
  let left = 0;
  let target = stdout;
  try {
    for await (let chunk of socket as AsyncIterable<Buffer>) {
      while (chunk.length > 0) {
        if (left === 0) {
          const taken = chunk.subarray(0, HEAD_BYTES - head.length);
          head = Buffer.concat([head, taken]);
          chunk = chunk.subarray(taken.length);
          if (head.length < HEAD_BYTES) break;
          target = head[0] === STDERR ? stderr : stdout;
          left = head.readUInt32BE(4);
          head = Buffer.alloc(0);
          continue;
        }
        const part = chunk.subarray(0, left);
        left -= part.length;
        chunk = chunk.subarray(part.length);
        // A reader that is slower than the plugin slows the plugin down, and takes no memory.
        if (!target.write(part)) await new Promise((resolve) => target.once('drain', resolve));
      }
    }
  } catch {
    // The engine went away: there is no more to read.
  }
}
