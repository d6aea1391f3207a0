import type { Socket } from 'node:net';
import type { Deferred } from '../../lifecycle/deferred.ts';
import { isSameProcess, type ProcessIdentity } from '../../lifecycle/process-identity.ts';
import { settlesWithin } from '../../lifecycle/wait.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import type { LimitedProcess } from '../limits/limited-process.ts';
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

/** What a fork needs of its template. */
export interface ForkedFrom {
  /** Whether it runs no more: then its end is theirs. */
  isGone(): boolean;
  /** Whether a signal has stopped it, so that it can't report anything. */
  isStopped(): boolean;
  /** Sends the fork, or all of its process group, the signal with that number. */
  signal(signal: number, whom: 'it' | 'its group'): void;
  /** Called when a fork is gone and the template has not reported it. */
  leftUntold(): void;
}

/** A process that a template has forked. The system reports its exit to the template, which reports it to this host. */
export class Fork {
  /** Of the request that it answers. */
  readonly number: number;
  /** Undefined where this host can't see it. */
  readonly identity: ProcessIdentity | undefined;
  readonly endpoint: SocketPair;
  readonly output: OutputStreams;
  /** Its end makes the kernel end this fork; undefined: that of its template does. */
  readonly lifeline: Socket | undefined;
  readonly ended: Promise<ProcessExit>;
  /** Written at its first `note`. */
  readonly entry: LedgerEntry;
  /** Its limits, from the moment that it has been taken up. */
  limited: LimitedProcess | undefined;
  readonly #end: Deferred<ProcessExit>;
  readonly #sockets: ForkSocketSet;
  readonly #template: ForkedFrom;
  #isWatched = false;

  constructor(
    number: number,
    { identity, sockets }: ForkedParts,
    entry: LedgerEntry,
    end: Deferred<ProcessExit>,
    template: ForkedFrom,
  ) {
    const { data, control, stdout, stderr, lifeline } = sockets;
    this.number = number;
    this.identity = identity;
    this.endpoint = { kind: 'socket-pair', data, control };
    this.output = { stdout, stderr };
    this.lifeline = lifeline;
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

  /** Signals it by its template, which knows it under every number that it may have. */
  signal(signal: number, whom: 'it' | 'its group'): void {
    this.#template.signal(signal, whom);
  }

  /** Closes the sockets of a fork that was never used. */
  discard(): void {
    for (const socket of Object.values(this.#sockets) as Socket[]) socket.destroy();
  }

  async #watch(): Promise<void> {
    this.#isWatched = true;
    for (let looks = 0; looks < LOOKS; looks += 1) {
      if (await settlesWithin(this.ended, LOOK_MILLISECONDS)) return;
      if (this.#template.isGone() || (this.identity !== undefined && isSameProcess(this.identity))) looks = 0;
      else if (this.#template.isStopped()) break;
    }
    this.#end.resolve(UNREPORTED);
    this.#template.leftUntold();
  }
}
