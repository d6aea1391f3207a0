import { deferred } from '../../lifecycle/deferred.ts';
import type { ProcessIdentity } from '../../lifecycle/process-identity.ts';
import type { ForkSocketSet, OfferedSockets } from './fork-sockets.ts';

/** The parts of a fork that is ready to talk. */
export interface ForkedParts {
  /** Undefined of a process that this host can't see. */
  readonly identity: ProcessIdentity | undefined;
  readonly sockets: ForkSocketSet;
}

/** A fork that the host has asked for: its sockets exist already, its process when the template reports it. */
export class PendingFork {
  /** Undefined: it was not forked. */
  readonly parts: Promise<ForkedParts | undefined>;
  readonly #settle: (parts: ForkedParts | undefined) => void;
  readonly #offered: OfferedSockets;
  #sockets: ForkSocketSet | undefined;
  #forked: { readonly identity: ProcessIdentity | undefined } | undefined;
  #isOver = false;

  constructor(offered: OfferedSockets) {
    const { promise, resolve } = deferred<ForkedParts | undefined>();
    this.parts = promise;
    this.#settle = resolve;
    this.#offered = offered;
    offered.connected.then(
      (sockets) => {
        this.#sockets = sockets;
        this.#settleWhenComplete();
      },
      () => this.failed(),
    );
  }

  forked(identity: ProcessIdentity | undefined): void {
    this.#forked = { identity };
    this.#settleWhenComplete();
  }

  /** If the template forks it after all, the fork finds its sockets closed and exits. */
  failed(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#offered.close();
    this.#settle(undefined);
  }

  /** The sockets are connected by now, but Node may report the fork first. */
  #settleWhenComplete(): void {
    if (this.#isOver || this.#forked === undefined || this.#sockets === undefined) return;
    this.#isOver = true;
    this.#settle({ ...this.#forked, sockets: this.#sockets });
  }
}
