import type { Socket } from 'node:net';
import { deferred } from '../lifecycle/deferred.ts';
import { identifyProcess, type ProcessIdentity } from '../lifecycle/process-identity.ts';
import type { SocketName } from './template-message.ts';

/** What a fork consists of once all of it has arrived. */
export interface ForkedParts {
  readonly identity: ProcessIdentity;
  readonly sockets: Readonly<Record<SocketName, Socket>>;
}

/** An instance that was asked for: its sockets come one a message, its pid when it has been forked. */
export class PendingFork {
  /** Undefined: it was not forked. */
  readonly parts: Promise<ForkedParts | undefined>;
  readonly #settle: (parts: ForkedParts | undefined) => void;
  readonly #sockets: Partial<Record<SocketName, Socket>> = {};
  #pid: number | undefined;

  constructor() {
    const { promise, resolve } = deferred<ForkedParts | undefined>();
    this.parts = promise;
    this.#settle = resolve;
  }

  socket(name: SocketName, socket: Socket): void {
    this.#sockets[name] = socket;
    this.#settleWhenComplete();
  }

  forked(pid: number): void {
    this.#pid = pid;
    this.#settleWhenComplete();
  }

  /** Without its sockets a fork that was made after all ends by itself. */
  failed(): void {
    for (const socket of Object.values(this.#sockets)) socket.destroy();
    this.#settle(undefined);
  }

  #settleWhenComplete(): void {
    const { stdout, stderr, data, control, lifeline } = this.#sockets;
    const pid = this.#pid;
    if (pid === undefined || !stdout || !stderr || !data || !control || !lifeline) return;
    const identity = identifyProcess(pid) ?? { pid, startTime: undefined };
    this.#settle({ identity, sockets: { stdout, stderr, data, control, lifeline } });
  }
}
