import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { machineName } from './machine-name.ts';
import { identifyProcess, isSameProcess, type ProcessIdentity } from './process-identity.ts';
import { renewLease } from './renew-lease.ts';
import { cureOfExhaustion } from './system-exhaustion.ts';

/** Who holds a lock, as it stands in the lock file. */
export interface LockOwner extends ProcessIdentity {
  /** Differs for every time that any lock is taken. */
  readonly token: string;
  /** The pid means something only where this is the own `machineName()`. */
  readonly machine: string;
  /** Name of the machine or container, for messages. */
  readonly host: string;
  /** What the owner does with it: `building the environment of forecaster`. */
  readonly purpose: string;
}

/** A lock file that somebody else holds. */
export interface HeldLock {
  readonly file: string;
  readonly owner: LockOwner;
}

/**
 * A lock that is held until `release`, or until the death of this process. Processes of this machine see whether it is alive;
 * those of other machines and containers only see whether `renew` is called.
 */
export interface FileLock {
  readonly file: string;
  readonly token: string;
  /** False: it has been lost to another. Else no other machine takes it within the next lease. */
  renew(): boolean;
  release(): void;
}

/** Milliseconds. A lock of another machine that was not renewed for this long is taken over. */
export const LEASE = 60_000;

/** A lock file, and when it was last renewed: by the clock of the file system, in milliseconds. */
interface Standing {
  readonly owner: LockOwner;
  readonly renewed: number;
}

/** Stands for the owner of a file that names none, such as one that a power failure has emptied. Its lock is free. */
const NO_OWNER: LockOwner = { pid: 0, startTime: undefined, token: 'none', machine: '', host: '', purpose: '' };
/** Opens a pipe without blocking, and no link. */
const AS_PLAIN_FILE = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0) | (fs.constants.O_NOFOLLOW ?? 0);

/** Takes the lock, or tells who has it. A lock whose owner is dead is taken over. */
export function tryLock(file: string, purpose: string, lease: number = LEASE): FileLock | HeldLock {
  for (;;) {
    const made = create(file, purpose);
    if (typeof made !== 'number') return made;
    const standing = read(file);
    if (standing === undefined) continue;
    if (isHeld(standing, made, lease) || !takeAway(file, standing, lease)) return { file, owner: standing.owner };
  }
}

/**
 * Takes the name by a hard link: it appears together with its content, and fails if the name is taken. So every reader finds
 * an owner in a lock.
 *
 * @returns the time by the clock of the file system, when the name is taken
 */
function create(file: string, purpose: string): FileLock | number {
  const self = identifyProcess(process.pid) ?? { pid: process.pid, startTime: undefined };
  const token = randomBytes(12).toString('hex');
  const owner: LockOwner = { ...self, token, machine: machineName(), host: hostname(), purpose };
  const draft = `${file}.${token}.draft`;
  let inode: number;
  try {
    fs.writeFileSync(draft, JSON.stringify(owner), { flag: 'wx', mode: 0o600 });
    const { mtimeMs, ino } = fs.statSync(draft);
    inode = ino;
    try {
      fs.linkSync(draft, file);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return mtimeMs;
      throw error;
    }
  } finally {
    fs.rmSync(draft, { force: true });
  }
  return { file, token, renew: () => renewLease(fs, file, token), release: () => release(file, token, inode) };
}

function release(file: string, token: string, inode: number): void {
  try {
    if (read(file)?.owner.token !== token) return;
  } catch (error) {
    // Without a free descriptor it can't be read; a lock that stayed would hold up this very process.
    if (cureOfExhaustion(error) === undefined || fs.statSync(file).ino !== inode) throw error;
  }
  fs.rmSync(file, { force: true });
}

/**
 * Pids of another machine mean nothing here, so its locks count for as long as they are renewed. No clock of either machine
 * has a part in that: `now` and the time of renewal were both set by the file system. On a system that does not tell when a
 * process started, a pid may have been given to another, and renewal counts, too.
 */
function isHeld({ owner, renewed }: Standing, now: number, lease: number): boolean {
  const isFresh = Math.abs(now - renewed) < lease;
  if (owner.machine !== machineName()) return isFresh && owner !== NO_OWNER;
  return owner.pid > 0 && isSameProcess(owner) && (owner.startTime !== undefined || isFresh);
}

/**
 * Removes the lock of a dead owner. Between reading that the owner is dead and removing its file, others may have removed it
 * and taken the lock anew; to remove *their* lock would give it to two. So the right to remove this one owner's file is
 * itself a lock, named after the owner. The file is moved away before it is looked at for the last time: an owner that was
 * only asleep has either renewed it by then, and gets it back, or finds it missing when it next renews.
 */
function takeAway(file: string, stale: Standing, lease: number): boolean {
  const right = tryLock(`${file}.${stale.owner.token}`, 'removing the lock of a dead process', lease);
  if (!('release' in right)) return false;
  const moved = `${file}.${right.token}.stale`;
  try {
    if (!isUnchanged(read(file), stale)) return true;
    fs.renameSync(file, moved);
    if (!isUnchanged(read(moved), stale)) fs.linkSync(moved, file);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
    return true;
  } finally {
    fs.rmSync(moved, { recursive: true, force: true });
    right.release();
  }
}

function isUnchanged(now: Standing | undefined, before: Standing): boolean {
  return now?.owner.token === before.owner.token && now.renewed === before.renewed;
}

/** Undefined when the lock is free. */
function read(file: string): Standing | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(file, AS_PLAIN_FILE);
    const status = fs.fstatSync(descriptor);
    const owner = status.isFile() ? parse(fs.readFileSync(descriptor, 'utf8')) : NO_OWNER;
    return { owner, renewed: status.mtimeMs };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    // a link, or a pipe or socket that can't be opened
    if (codeOf(error) === 'ELOOP' || codeOf(error) === 'ENXIO') return { owner: NO_OWNER, renewed: 0 };
    throw error;
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}

function parse(text: string): LockOwner {
  try {
    const owner = JSON.parse(text) as LockOwner;
    return /^\w{1,64}$/.test(owner.token) && typeof owner.pid === 'number' ? owner : NO_OWNER;
  } catch {
    return NO_OWNER;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
