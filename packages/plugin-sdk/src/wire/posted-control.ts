import type { ControlChannel } from './control-channel.ts';
import { ControlState } from './control-state.ts';
import { framed } from './framed.ts';

/** The thread that serves the control channel, as others see it. */
export interface ControlServer {
  postMessage(frame: Uint8Array, transferred: ArrayBuffer[]): void;
}

/** The control channel of a thread that leaves its socket to another one. */
export class PostedControl implements ControlChannel {
  readonly #server: ControlServer;
  readonly #state: ControlState;
  #posted = 0;

  /** @param memory of the state, which the other thread has as well */
  constructor(server: ControlServer, memory: SharedArrayBuffer) {
    this.#server = server;
    this.#state = new ControlState(memory);
  }

  send(message: readonly unknown[]): void {
    const frame = framed(message);
    this.#posted += 1;
    this.#server.postMessage(frame, [frame.buffer]);
  }

  isCancelled(call: number): boolean {
    return this.#state.isCancelled(call);
  }

  flush(milliseconds: number): void {
    this.#state.waitForWritten(this.#posted, milliseconds);
  }
}
