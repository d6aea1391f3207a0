import { join } from 'node:path';
import { type FileLock, type HeldLock, LEASE, tryLock } from './file-lock.ts';
import { LeaseRenewal } from './lease-renewal.ts';
import { machineName } from './machine-name.ts';
import { isStopped } from './process-identity.ts';
import { wait } from './wait.ts';

/** A lock that is renewed while it is held. */
export interface HoldableLock {
  /** Aborted when another machine has taken the lock, because this one was stopped or asleep for longer than a lease. */
  readonly lost: AbortSignal;
  /** Renews the lock now. False, and `lost` aborted, when it is another's. Call it before a step that only the holder may take. */
  confirm(): boolean;
  release(): void;
}

export interface LockWait {
  readonly signal: AbortSignal;
  /** Milliseconds with the same holders after which the wait ends. */
  readonly limit: number;
  /** Makes the error of a wait that has reached its limit. */
  onTooLong(held: HeldLock, milliseconds: number): Error;
  /** Receives each holder once. */
  onWait(held: HeldLock): void;
  /** When true, the wait ends without the lock: its owner has done the work. */
  done?(): boolean | Promise<boolean>;
}

export interface LeaseTimes {
  /** Milliseconds between renewals of a lock that is held. */
  readonly renewal: number;
  /** Milliseconds without a renewal after which another machine takes a lock over. */
  readonly lease: number;
}

/** Several renewals may fail, or come late, before a lock is lost. */
const TIMES: LeaseTimes = { renewal: 10_000, lease: LEASE };
const THIS_PROCESS = 'this process';
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 200;

/** Locks between processes that share a folder: of one machine, or of several machines and containers. */
export class LockFolder {
  readonly path: string;
  readonly #times: LeaseTimes;
  readonly #renewal: LeaseRenewal;

  constructor(path: string, times: LeaseTimes = TIMES) {
    this.path = path;
    this.#times = times;
    this.#renewal = new LeaseRenewal(times.renewal);
  }

  /** Takes the first of the locks `names` that is or becomes free; undefined when `done` was true first. */
  async take(names: readonly string[], purpose: string, waiting: LockWait): Promise<HoldableLock | undefined> {
    let holders = '';
    let since = performance.now();
    for (let pause = FIRST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 1.5)) {
      waiting.signal.throwIfAborted();
      const held: HeldLock[] = [];
      for (const name of names) {
        const attempt = tryLock(join(this.path, name), purpose, this.#times.lease);
        if ('release' in attempt) return this.#hold(attempt);
        held.push(attempt);
      }
      if ((await waiting.done?.()) === true) return undefined;
      const [first] = held;
      if (first === undefined) throw new RangeError('no lock was named');
      const now = held.map(({ owner }) => owner.token).join();
      if (now !== holders) {
        [holders, since] = [now, performance.now()];
        waiting.onWait(first);
      }
      const waited = performance.now() - since;
      if (waited >= waiting.limit) throw waiting.onTooLong(first, waited);
      await wait(pause, waiting.signal);
    }
  }

  #hold(lock: FileLock): HoldableLock {
    const lost = new AbortController();
    const lose = (): void =>
      lost.abort(new Error(`this host was stopped or asleep, and its lock ${lock.file} was taken over`));
    this.#renewal.add(lock, lose);
    return {
      lost: lost.signal,
      confirm: () => {
        if (!lost.signal.aborted && !lock.renew()) lose();
        return !lost.signal.aborted;
      },
      release: () => {
        this.#renewal.remove(lock);
        lock.release();
      },
    };
  }
}

/** Names the holder of a lock: `process 4711 on build-7`. */
export function holderOf({ owner: { pid, host, machine } }: HeldLock): string {
  const isHere = machine === machineName();
  if (isHere && pid === process.pid) return THIS_PROCESS;
  return `process ${pid}${isHere && isStopped(pid) ? ' (stopped by a signal)' : ''} on ${host}`;
}

/** Says who holds a lock and what for, and how to free it if the holder, which is another process, is gone. */
export function describeHeld(held: HeldLock): string {
  const holder = holderOf(held);
  const cure = holder === THIS_PROCESS ? '' : `; if nothing of it is left, remove ${held.file}`;
  return `${holder} is ${held.owner.purpose}${cure}`;
}
