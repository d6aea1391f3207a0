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

/** A template reports an exit within some milliseconds; on a busy machine, within this. */
const LOOK_MILLISECONDS = 100;
const LOOKS = 10;

const UNREPORTED: ProcessExit = {
  code: null,
  signal: 'SIGKILL',
  hint: 'How it ended is not known: the template that it was forked from did not tell.',
};

export interface ForkedFrom {
  readonly pid: number;
  /** Called when a fork is gone and the template has not reported it. */
  leftUntold(): void;
}

/** A process that a template has forked. The system reports its exit to the template, which reports it to this host. */
export class Fork {
  readonly identity: ProcessIdentity;
  readonly endpoint: SocketPair;
  readonly output: OutputStreams;
  readonly ended: Promise<ProcessExit>;
  /** Written at its first `note`. */
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

  /** Call this when it was sent SIGKILL: from then on the host also looks whether the process is gone. */
  endIsNear(): void {
    if (!this.#isWatched) void this.#watch();
  }

  /** Closes the sockets of a fork that was never used. */
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
