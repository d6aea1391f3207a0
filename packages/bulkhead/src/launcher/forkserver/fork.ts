import type { Socket } from 'node:net';
import type { Deferred } from '../../lifecycle/deferred.ts';
import { isSameProcess, isStopped, type ProcessIdentity } from '../../lifecycle/process-identity.ts';
import { settlesWithin } from '../../lifecycle/wait.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import type { OutputStreams } from '../output-capture.ts';
import type { ForkSocketSet } from './fork-sockets.ts';
import type { ForkedParts } from './pending-fork.ts';
import type { ProcessExit } from '../process/process-instance.ts';
import type { SocketPair } from '../running-instance.ts';

/** A template tells of an end within some milliseconds; on a machine that has much else to do, within this. */
const LOOK_MILLISECONDS = 100;
const LOOKS = 10;

const UNREPORTED: ProcessExit = {
  code: null,
  signal: 'SIGKILL',
  hint: 'How it ended is not known: the template that it was forked from did not tell.',
};

export interface ForkedFrom {
  readonly pid: number;
  /** Told when a fork is gone, and the template has not said so. */
  leftUntold(): void;
}

/** A process that a template has forked. The system tells only the template how it ends, and the template tells us. */
export class Fork {
  readonly identity: ProcessIdentity;
  readonly endpoint: SocketPair;
  readonly output: OutputStreams;
  readonly ended: Promise<ProcessExit>;
  /** Not yet written. */
  readonly entry: LedgerEntry;
  readonly #end: Deferred<ProcessExit>;
  readonly #sockets: ForkSocketSet;
  readonly #template: ForkedFrom;
  #isWatched = false;

  constructor(
    { identity, sockets }: ForkedParts,
    entry: LedgerEntry,
    end: Deferred<ProcessExit>,
    template: ForkedFrom,
  ) {
    const { data, control, stdout, stderr } = sockets;
    this.identity = identity;
    this.endpoint = { kind: 'socket-pair', data, control };
    this.output = { stdout, stderr };
    this.entry = entry;
    this.ended = end.promise;
    this.#end = end;
    this.#sockets = sockets;
    this.#template = template;
    control.once('close', () => this.endIsNear());
  }

  /** To be told when it was sent SIGKILL: from then on its end is looked for as well as waited for. */
  endIsNear(): void {
    if (!this.#isWatched) void this.#watch();
  }

  /** Lets go of its sockets, when nobody has used them. */
  discard(): void {
    for (const socket of Object.values(this.#sockets) as Socket[]) socket.destroy();
  }

  async #watch(): Promise<void> {
    this.#isWatched = true;
    for (let looks = 0; looks < LOOKS; looks += 1) {
      if (await settlesWithin(this.ended, LOOK_MILLISECONDS)) return;
      if (isSameProcess(this.identity)) looks = 0;
      else if (isStopped(this.#template.pid)) break;
    }
    this.#end.resolve(UNREPORTED);
    this.#template.leftUntold();
  }
}
