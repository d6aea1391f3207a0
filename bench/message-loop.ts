import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { FrameDecoder, FrameEncoder, Kind } from '@bulkhead/protocol';
import { sdkFolder, spawnFloor } from './floor-process.ts';

/**
 * Calls of a bare Python process, some at the same time: frames, the codec, one write a tick and one callback an answer, without promises
 * or supervision.
 */
export class MessageLoop implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  readonly #payload: Uint8Array;
  readonly #inFlight: number;
  readonly #encoder = new FrameEncoder();
  #id = 0;
  #open = 0;
  #scheduled = false;
  #isToCall: () => boolean = () => false;
  #done: () => void = () => {};

  /** @param codecs folders that may have the C extension for its codec; without one the codec is in Python */
  constructor(python: string, payload: Uint8Array, inFlight: number, codecs: readonly string[] = []) {
    const { child, socket } = spawnFloor(python, 'message_loop.py', sdkFolder(), ...codecs);
    this.#child = child;
    this.#socket = socket;
    this.#payload = payload;
    this.#inFlight = inFlight;
    const decoder = new FrameDecoder({
      frame: () => this.#answered(),
      refused: (error) => {
        throw error;
      },
    });
    socket.on('data', (chunk: Buffer) => decoder.push(chunk));
  }

  /** @param isToCall is asked before each call; several loops may share what it counts */
  run(isToCall: () => boolean): Promise<void> {
    this.#isToCall = isToCall;
    return new Promise((resolve) => {
      this.#done = resolve;
      for (let index = 0; index < this.#inFlight; index += 1) this.#send();
      if (this.#open === 0) resolve();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#socket.end();
    await exited;
  }

  #send(): void {
    if (!this.#isToCall()) return;
    this.#open += 1;
    this.#encoder.append([Kind.Call, ++this.#id, 'execute', this.#payload], Number.POSITIVE_INFINITY);
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      this.#socket.write(this.#encoder.take());
      if (this.#socket.writableLength > 0) this.#encoder.detach();
    });
  }

  #answered(): void {
    this.#open -= 1;
    this.#send();
    if (this.#open === 0) this.#done();
  }
}

/** Says yes that many times. */
export function upTo(count: number): () => boolean {
  let left = count;
  return () => {
    left -= 1;
    return left >= 0;
  };
}
