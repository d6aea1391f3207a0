import type { Socket } from 'node:net';
import { deferred } from '../../lifecycle/deferred.ts';
import { identifyProcess, type ProcessIdentity } from '../../lifecycle/process-identity.ts';
import type { OutputStreams } from '../output-capture.ts';
import type { Endpoint } from '../running-instance.ts';
import type { SocketName } from './template-message.ts';

/** What a fork consists of once it can be talked to. */
export interface ForkedParts {
  readonly identity: ProcessIdentity;
  readonly endpoint: Endpoint;
  /** They come after the rest, which does not wait for them. */
  readonly output: OutputStreams;
}

/** An instance that was asked for: its sockets come one a message, its pid when it has been forked. */
export class PendingFork {
  /** Undefined: it was not forked. */
  readonly parts: Promise<ForkedParts | undefined>;
  readonly #settle: (parts: ForkedParts | undefined) => void;
  readonly #output = { stdout: deferred<Socket>(), stderr: deferred<Socket>() };
  readonly #sockets = new Map<SocketName, Socket>();
  #pid: number | undefined;

  constructor() {
    const { promise, resolve } = deferred<ForkedParts | undefined>();
    this.parts = promise;
    this.#settle = resolve;
    for (const stream of Object.values(this.#output)) stream.promise.catch(() => {});
  }

  /** Whether nothing more is to come. */
  get isComplete(): boolean {
    return this.#sockets.size === 4 && this.#pid !== undefined;
  }

  socket(name: SocketName, socket: Socket): void {
    this.#sockets.set(name, socket);
    if (name === 'stdout' || name === 'stderr') this.#output[name].resolve(socket);
    else this.#settleWhenPossible();
  }

  forked(pid: number): void {
    this.#pid = pid;
    this.#settleWhenPossible();
  }

  /** Without its sockets a fork that was made after all ends by itself. */
  failed(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
    for (const stream of Object.values(this.#output)) stream.reject(new Error('the fork was given up'));
    this.#settle(undefined);
  }

  #settleWhenPossible(): void {
    const data = this.#sockets.get('data');
    const control = this.#sockets.get('control');
    if (this.#pid === undefined || data === undefined || control === undefined) return;
    const { stdout, stderr } = this.#output;
    this.#settle({
      identity: identifyProcess(this.#pid) ?? { pid: this.#pid, startTime: undefined },
      endpoint: { kind: 'socket-pair', data, control },
      output: { stdout: stdout.promise, stderr: stderr.promise },
    });
  }
}
