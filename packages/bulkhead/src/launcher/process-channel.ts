import type { Socket } from 'node:net';
import { FrameDecoder, FrameEncoder, TEMPLATE_FRAME_BYTES } from '@bulkhead/protocol';

export interface ChannelReceiver<Message> {
  /** @returns undefined of what the protocol does not allow */
  read(frame: unknown): Message | undefined;
  /** @returns what is wrong with the message at this point; undefined if it is right */
  message(message: Message): string | undefined;
  /** Called once. `violation` says how the process broke the protocol; undefined: it closed the channel. */
  closed(violation: string | undefined): void;
}

/**
 * The conversation with a template, or a group, over one socket. Plugin code runs in its process and may write anything to it
 * or close it: nothing here throws, a frame is bounded, and after the first violation nothing more is read.
 */
export class ProcessChannel<Message, Request extends readonly unknown[]> {
  readonly #socket: Socket;
  readonly #encoder = new FrameEncoder();
  #violation: string | undefined;

  constructor(socket: Socket, receiver: ChannelReceiver<Message>) {
    this.#socket = socket;
    const decoder = new FrameDecoder(
      {
        frame: (frame) => {
          if (this.#violation !== undefined) return;
          const message = receiver.read(frame);
          this.#violateIf(message === undefined ? 'a message is not as the protocol says' : receiver.message(message));
        },
        refused: (error) => this.#violateIf(`a frame can't be read: ${error.message}`),
      },
      { maxFrameBytes: TEMPLATE_FRAME_BYTES, maxBodyBytes: 0 },
    );
    let isClosed = false;
    const closed = (): void => {
      if (!isClosed) receiver.closed(this.#violation);
      isClosed = true;
    };
    // The process closed its side, perhaps by its exit: this side stays open, so that it is not taken for the host's death.
    socket.allowHalfOpen = true;
    socket.on('data', (chunk: Buffer) => decoder.push(chunk)).resume(); // one that was accepted is paused
    socket.on('error', () => {}); // it closes
    socket.once('end', closed);
    socket.once('close', closed);
  }

  /** Does nothing once the channel is closed. */
  send(request: Request): void {
    if (this.#socket.destroyed || !this.#socket.writable) return;
    this.#encoder.append(request, Number.POSITIVE_INFINITY);
    this.#socket.write(Buffer.from(this.#encoder.take()));
  }

  close(): void {
    this.#socket.destroy();
  }

  #violateIf(mistake: string | undefined): void {
    if (mistake === undefined || this.#violation !== undefined) return;
    this.#violation = mistake;
    this.#socket.destroy();
  }
}
