import { Worker } from 'node:worker_threads';
import { newControlState } from './control-state.ts';
import type { ControlNews, ControlRequest, ControlThreadData } from './control-thread.ts';
import { PostedControl } from './posted-control.ts';

/** What the rest of the SDK needs of the control channel. */
export interface ControlChannel {
  /** Never throws. */
  send(message: readonly unknown[]): void;
  /** Whether the host has cancelled a call, though the main thread may not have heard of it yet. */
  isCancelled(call: number): boolean;
  /** Blocks until what was sent is written, for at most so long. */
  flush(milliseconds: number): void;
}

export interface ControlReceiver {
  cancelled(call: number): void;
  /** Opens the inspector on that host, and says on which port. */
  inspect(host: string): Promise<number>;
  /** The channel is gone, though the host is not. */
  broken(reason: string): void;
}

/** Room for pings and cancels: none of them is large. */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 };

/** The control channel, as the main thread sees it. */
export class ThreadedControl extends PostedControl {
  readonly #thread: Worker;

  constructor(places: Omit<ControlThreadData, 'state'>, receiver: ControlReceiver) {
    const memory = newControlState();
    const workerData: ControlThreadData = { ...places, state: memory };
    const thread = new Worker(new URL('control-thread.js', import.meta.url), {
      workerData,
      execArgv: [],
      env: {},
      name: 'bulkhead control',
      resourceLimits: THREAD_LIMITS,
    });
    super(thread, memory);
    this.#thread = thread;
    thread.on('message', (news: ControlNews) => {
      if ('cancelled' in news) receiver.cancelled(news.cancelled);
      else if ('inspect' in news) this.#inspect(receiver.inspect(news.inspect));
      else receiver.broken(news.broken);
    });
    thread.on('error', (error) => receiver.broken(`The thread of the control channel failed: ${error.message}`));
    thread.unref();
  }

  #inspect(opening: Promise<number>): void {
    const answer = (request: ControlRequest): void => this.#thread.postMessage(request);
    opening.then(
      (inspector) => answer({ inspector }),
      (error: unknown) => answer({ noInspector: (error as Error).message }),
    );
  }
}
