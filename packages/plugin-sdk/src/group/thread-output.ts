import { Buffer } from 'node:buffer';
import { writeSync } from 'node:fs';

/** Milliseconds between looks at a socket that is full. */
const PAUSE_MILLISECONDS = 1;
const NEVER_CHANGED = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

interface Chunk {
  readonly chunk: string | Uint8Array;
  readonly encoding: BufferEncoding;
}

interface WritesMany {
  _writev(chunks: readonly Chunk[], done: (error?: Error | null) => void): void;
}

/**
 * Lets what this thread prints go into the sockets of its plugin, at once. By itself Node hands it to the main thread between two
 * turns of the event loop, and what was printed just before the end would be lost.
 */
export function writeOutputTo({ stdout, stderr }: { readonly stdout: number; readonly stderr: number }): void {
  for (const [stream, descriptor] of [
    [process.stdout, stdout],
    [process.stderr, stderr],
  ] as const)
    // Node calls inner functions of the stream at the end of the thread, so it can't be another one.
    (stream as unknown as WritesMany)._writev = (chunks, done) => {
      for (const { chunk, encoding } of chunks)
        writeAll(descriptor, typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
      done();
    };
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let left = bytes; left.length > 0;)
    try {
      left = left.subarray(writeSync(descriptor, left));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return; // the host listens no more
      Atomics.wait(NEVER_CHANGED, 0, 0, PAUSE_MILLISECONDS);
    }
}
