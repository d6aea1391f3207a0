import type { Socket } from 'node:net';
import { deferred } from '../../lifecycle/deferred.ts';
import type { ProcessIdentity } from '../../lifecycle/process-identity.ts';
import type { ForkSocketSet } from './fork-sockets.ts';

/** What a fork consists of once it can be talked to. */
export interface ForkedParts {
  readonly identity: ProcessIdentity;
  readonly sockets: ForkSocketSet;
}

/** A fork that was asked for: its sockets are there from the beginning, its process when the template says so. */
export class PendingFork {
  /** Undefined: it was not forked. */
  readonly parts: Promise<ForkedParts | undefined>;
  readonly #settle: (parts: ForkedParts | undefined) => void;
  readonly #sockets: ForkSocketSet;
  #unconnected: number;
  #identity: ProcessIdentity | undefined;
  #isOver = false;

  constructor(sockets: ForkSocketSet) {
    const { promise, resolve } = deferred<ForkedParts | undefined>();
    this.parts = promise;
    this.#settle = resolve;
    this.#sockets = sockets;
    const all = Object.values(sockets) as Socket[];
    this.#unconnected = all.length;
    for (const socket of all) {
      // Any of the four may find no descriptor free, or nobody listening.
      socket.once('error', () => this.failed());
      socket.once('connect', () => {
        this.#unconnected -= 1;
        this.#settleWhenComplete();
      });
    }
  }

  forked(identity: ProcessIdentity): void {
    this.#identity = identity;
    this.#settleWhenComplete();
  }

  /** A fork that is made after all finds its sockets closed, and ends by itself. */
  failed(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const socket of Object.values(this.#sockets) as Socket[]) socket.destroy();
    this.#settle(undefined);
  }

  /** The kernel has connected the sockets long ago, but Node may hear of the fork first. */
  #settleWhenComplete(): void {
    if (this.#isOver || this.#identity === undefined || this.#unconnected > 0) return;
    this.#isOver = true;
    this.#settle({ identity: this.#identity, sockets: this.#sockets });
  }
}
