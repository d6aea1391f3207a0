import { inspect } from 'node:util';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { FrameDecoder, Kind } from '@bulkhead/protocol';
import { type PluginOptions, readPluginOptions } from '../process/options.ts';
import { ControlState, newControlState } from '../wire/control-state.ts';
import { framed } from '../wire/framed.ts';
import { descriptorOf, type MemberSockets } from './offered-sockets.ts';

export interface MemberThreadData {
  readonly options: PluginOptions;
  /** Descriptors. That of data is the thread's own from the moment on in which it says so; the others are not. */
  readonly data: number;
  readonly output: { readonly stdout: number; readonly stderr: number };
  readonly port: MessagePort;
  readonly state: SharedArrayBuffer;
}

/** From the thread: a frame for control; that it has the data channel; or that it ends by itself, with what status. */
export type MemberNews = Uint8Array | 'has data' | { readonly status: number };

/** To the thread. */
export interface MemberRequest {
  readonly cancelled: number;
}

/** Longest wait for a thread to leave by itself once its control channel is gone. */
const LEAVE_MILLISECONDS = 1_000;
const MEBIBYTE = 2 ** 20;
/** V8 ends a thread before it has begun, or the process with it, where it has less. */
const LEAST_HEAP_MEBIBYTES = 16;

/** One plugin of a group: starts its thread, and serves its control channel, whatever that thread does. */
export class Member {
  readonly #thread: Worker;
  readonly #sockets: MemberSockets;
  readonly #port: MessagePort;
  readonly #state: ControlState;
  readonly #ended: (status: number, limit: 'memory' | undefined) => void;
  #hasData = false;
  #wasInterrupted = false;
  #status: number | undefined;
  #isOver = false;

  /**
   * @param options as BEGIN has them
   * @param ended called once, with the status that a process would have exited with
   * @throws Error where no thread can be started
   */
  constructor(
    options: Readonly<Record<string, string>>,
    sockets: MemberSockets,
    ended: (status: number, limit: 'memory' | undefined) => void,
  ) {
    const values = new Map(Object.entries(options));
    const { port1, port2 } = new MessageChannel();
    const memory = newControlState();
    const workerData: MemberThreadData = {
      options: readPluginOptions(values),
      data: descriptorOf(sockets.data),
      output: { stdout: descriptorOf(sockets.stdout), stderr: descriptorOf(sockets.stderr) },
      port: port2,
      state: memory,
    };
    this.#sockets = sockets;
    this.#port = port1;
    this.#state = new ControlState(memory);
    this.#ended = ended;
    this.#thread = new Worker(new URL('member-thread.js', import.meta.url), {
      workerData,
      transferList: [port2],
      name: workerData.options.plugin,
      resourceLimits: heapLimit(values.get('--memory')),
    });
    port1.on('message', (news: MemberNews) => this.#heard(news));
    // Nothing runs in the thread from here on. What it held is taken apart for seconds until `exit`, its sockets first.
    port1.once('close', () => this.#over(''));
    // Told by the thread itself where any code has run.
    this.#thread.once('error', (error) => this.#over(`${inspect(error)}\n`));
    this.#serveControl();
  }

  /** Ends it, also in the middle of a loop. */
  interrupt(): void {
    this.#wasInterrupted = true;
    void this.#thread.terminate();
  }

  #serveControl(): void {
    const { control } = this.#sockets;
    const decoder = new FrameDecoder({
      frame: (message) => this.#take(message as [number, number]),
      refused: () => {}, // the next frame can be read, and no message on control is worth ending for
    });
    control.on('data', (chunk: Buffer) => decoder.push(chunk));
    control.once('end', () => {
      const leaving = setTimeout(() => this.interrupt(), LEAVE_MILLISECONDS);
      this.#thread.once('exit', () => clearTimeout(leaving));
    });
    control.resume();
  }

  #take([kind, id]: readonly [number, number]): void {
    if (kind === Kind.Ping) this.#sockets.control.write(framed([Kind.Pong, id]));
    if (kind !== Kind.Cancel) return;
    this.#state.noteCancelled(id);
    const request: MemberRequest = { cancelled: id };
    this.#port.postMessage(request);
  }

  #heard(news: MemberNews): void {
    if (news === 'has data') this.#hasData = true;
    else if ('status' in news) this.#status = news.status;
    else this.#sockets.control.write(news, () => this.#state.noteWritten());
  }

  /** @param said what nobody has told yet */
  #over(said: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#port.close();
    const { data, control, stdout, stderr } = this.#sockets;
    // Closing the descriptor is the business of one thread: by now it may be that of another file.
    if (!this.#hasData) data.destroy();
    control.end(() => control.destroy());
    stdout.destroy();
    // Of all that ends a thread only its heap lets no code run before.
    const isOutOfMemory = this.#hasData && this.#status === undefined && !this.#wasInterrupted;
    stderr.end(said, () => {
      stderr.destroy();
      this.#ended((this.#status ?? 1) & 0xff, isOutOfMemory ? 'memory' : undefined);
    });
  }
}

/** @param bytes as an option; undefined: as V8 likes */
function heapLimit(bytes: string | undefined): { readonly maxOldGenerationSizeMb?: number } {
  if (bytes === undefined) return {};
  return { maxOldGenerationSizeMb: Math.max(Math.floor(Number(bytes) / MEBIBYTE), LEAST_HEAP_MEBIBYTES) };
}
