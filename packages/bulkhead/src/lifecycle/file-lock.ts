import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { identifyProcess, isSameProcess, type ProcessIdentity } from './process-identity.ts';
import { wait } from './wait.ts';

/** Who holds a lock, as it stands in the lock file. */
export interface LockOwner extends ProcessIdentity {
  /** Differs for every time that any lock is taken. */
  readonly token: string;
  readonly host: string;
  /** What it is held for, in words. */
  readonly purpose: string;
}

/** A lock that is held until `release`, or until the death of this process. */
export interface FileLock {
  readonly file: string;
  release(): void;
}

export interface LockWait {
  readonly signal: AbortSignal;
  /** Milliseconds after which `onTooLong` makes the error that ends the wait; undefined: for ever. */
  readonly limit?: number;
  /** Told once of every owner that is waited for. */
  onWait(owner: LockOwner): void;
  onTooLong?(owner: LockOwner, milliseconds: number): Error;
  /** Ends the wait without the lock when it is true: what was to be done has been done by its owner. */
  done?(): boolean | Promise<boolean>;
}

const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 200;

/** Takes the first of `files` that is or becomes free; undefined when `done` was true first. */
export async function lockOneOf(
  files: readonly string[],
  purpose: string,
  waiting: LockWait,
): Promise<FileLock | undefined> {
  const began = Date.now();
  let told = '';
  for (let pause = FIRST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 1.5)) {
    waiting.signal.throwIfAborted();
    const owner = tryAll(files, purpose);
    if ('release' in owner) return owner;
    if ((await waiting.done?.()) === true) return undefined;
    if (owner.token !== told) waiting.onWait(owner);
    told = owner.token;
    const waited = Date.now() - began;
    if (waiting.limit !== undefined && waited >= waiting.limit && waiting.onTooLong !== undefined)
      throw waiting.onTooLong(owner, waited);
    await wait(pause, waiting.signal);
  }
}

function tryAll(files: readonly string[], purpose: string): FileLock | LockOwner {
  let owner: LockOwner | undefined;
  for (const file of files) {
    const attempt = tryLock(file, purpose);
    if ('release' in attempt) return attempt;
    owner ??= attempt;
  }
  if (owner === undefined) throw new RangeError('no lock file was named');
  return owner;
}

/** Takes the lock, or tells who has it. A lock whose owner is dead is taken over. */
export function tryLock(file: string, purpose: string): FileLock | LockOwner {
  for (;;) {
    const lock = create(file, purpose);
    if (lock !== undefined) return lock;
    const owner = readOwner(file);
    if (owner !== undefined && (isAlive(owner) || !removeStale(file, owner))) return owner;
  }
}

/** A hard link appears with its content, and fails when the name is taken: nobody ever reads a lock without an owner. */
function create(file: string, purpose: string): FileLock | undefined {
  const self = identifyProcess(process.pid) ?? { pid: process.pid, startTime: undefined };
  const owner: LockOwner = { ...self, token: randomBytes(12).toString('hex'), host: hostname(), purpose };
  const draft = `${file}.${owner.token}.draft`;
  try {
    writeFileSync(draft, JSON.stringify(owner), { flag: 'wx' });
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return { file, release: () => release(file, owner.token) };
}

function release(file: string, token: string): void {
  if (readOwner(file)?.token === token) rmSync(file, { force: true });
}

/**
 * Removes a dead owner's lock. Between reading that the owner is dead and removing its file, others may have removed it
 * and taken the lock anew; to remove *their* lock would give it to two. So the right to remove this one owner's file is
 * itself a lock, named after the owner: only who has it removes the file, and only while it still is that owner's.
 */
function removeStale(file: string, stale: LockOwner): boolean {
  const right = tryLock(`${file}.${stale.token}`, 'removing the lock of a dead process');
  if (!('release' in right)) return false;
  try {
    if (readOwner(file)?.token === stale.token) rmSync(file, { force: true });
    return true;
  } finally {
    right.release();
  }
}

/** Undefined when the lock is free. A file that a power failure left unreadable is read as one of a dead owner. */
function readOwner(file: string): LockOwner | undefined {
  try {
    const owner = JSON.parse(readFileSync(file, 'utf8')) as LockOwner;
    if (typeof owner.token === 'string' && typeof owner.pid === 'number') return owner;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { pid: 0, startTime: undefined, token: 'unreadable', host: hostname(), purpose: '' };
}

/** The pids of another machine or container mean nothing here: its locks are taken to be held. */
function isAlive(owner: LockOwner): boolean {
  return owner.host !== hostname() || (owner.pid > 0 && isSameProcess(owner));
}

/** Who holds a lock, in words. */
export function ownerOf(pid: number): string {
  return pid === process.pid ? 'this process' : `process ${pid}`;
}
