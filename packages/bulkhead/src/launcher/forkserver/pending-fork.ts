import type { Socket } from 'node:net';
import { deferred } from '../../lifecycle/deferred.ts';
import type { ProcessIdentity } from '../../lifecycle/process-identity.ts';
import type { ForkSocketSet } from './fork-sockets.ts';

/** The parts of a fork that is ready to talk. */
export interface ForkedParts {
  readonly identity: ProcessIdentity;
  readonly sockets: ForkSocketSet;
}

/** A fork that the host has asked for: its sockets exist already, its process when the template reports it. */
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
      // Each may fail to connect: no descriptor is free, or the template is gone.
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

  /** If the template forks it after all, the fork finds its sockets closed and exits. */
  failed(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const socket of Object.values(this.#sockets) as Socket[]) socket.destroy();
    this.#settle(undefined);
  }

  /** The sockets are connected by now, but Node may report the fork first. */
  #settleWhenComplete(): void {
    if (this.#isOver || this.#identity === undefined || this.#unconnected > 0) return;
    this.#isOver = true;
    this.#settle({ identity: this.#identity, sockets: this.#sockets });
  }
}
