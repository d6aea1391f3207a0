import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HeldLock } from '../../src/lifecycle/file-lock.ts';
import {
  describeHeld,
  type HoldableLock,
  holderOf,
  LockFolder,
  type LockWait,
} from '../../src/lifecycle/lock-folder.ts';
import { until } from '../until.ts';
import { canUnshare, LockHolder, type Place } from './lock-holder.ts';

const NEVER = 3_600_000;
/** Long enough for a busy machine to renew in time. */
const KEPT = { renewal: 20, lease: NEVER };
const LOST = { renewal: NEVER, lease: 300 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-locks-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const waiting = (changed: Partial<LockWait> = {}): LockWait => ({
  signal: new AbortController().signal,
  limit: NEVER,
  onWait: () => undefined,
  onTooLong: () => new Error('too long'),
  ...changed,
});

const take = async (times = LOST, changed: Partial<LockWait> = {}): Promise<HoldableLock> => {
  const lock = await new LockFolder(folder, times).take(['a.lock'], 'taking over', waiting(changed));
  if (lock === undefined) throw new Error('it was done');
  return lock;
};

describe('a lock folder', () => {
  test('gives the first lock that is free or becomes free, and tells once who is waited for', async () => {
    const locks = new LockFolder(folder);
    const first = await locks.take(['a', 'b'], 'one', waiting());
    const second = await locks.take(['a', 'b'], 'two', waiting());
    const told: HeldLock[] = [];
    const onWait = (held: HeldLock): void => {
      told.push(held);
      setTimeout(() => second?.release(), 50);
    };
    const third = await locks.take(['a', 'b'], 'three', waiting({ onWait }));
    expect(told.map(({ file, owner }) => [file, owner.purpose])).toEqual([[join(folder, 'a'), 'one']]);
    expect(holderOf(told[0] as HeldLock)).toBe('this process');
    expect(JSON.parse(await readFile(join(folder, 'b'), 'utf8'))).toMatchObject({ purpose: 'three' });
    first?.release();
    third?.release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('ends a wait when it is done, too long or aborted', async () => {
    const locks = new LockFolder(folder);
    const lock = await locks.take(['a'], 'testing', waiting());
    expect(await locks.take(['a'], '', waiting({ done: () => true }))).toBeUndefined();
    const onTooLong = (held: HeldLock, milliseconds: number): Error =>
      new Error(`${describeHeld(held)} ${milliseconds >= 0}`);
    await expect(locks.take(['a'], '', waiting({ limit: 0, onTooLong }))).rejects.toThrow(
      /^this process is testing true$/,
    );
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(locks.take(['a'], '', waiting({ signal }))).rejects.toThrow('enough');
    lock?.release();
  });

  test('counts the limit of a wait anew when the holder changes', async () => {
    const locks = new LockFolder(folder);
    const limit = 200;
    const began = performance.now();
    let lock = await locks.take(['a'], '', waiting());
    let isChanging = true;
    // The lock goes from hand to hand, and the one who waits never finds it free.
    const done = async (): Promise<boolean> => {
      isChanging = performance.now() - began < 3 * limit;
      if (!isChanging) return false;
      lock?.release();
      lock = await locks.take(['a'], '', waiting());
      return false;
    };
    await expect(locks.take(['a'], '', waiting({ limit, done }))).rejects.toThrow('too long');
    expect(isChanging).toBe(false);
    lock?.release();
  });

  test('takes over at once what a killed process of this machine held', async () => {
    await using holder = await LockHolder.start('here', folder, KEPT);
    await holder.kill();
    (await take(KEPT)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('never takes a lock from a process of this machine that was stopped', async () => {
    await using holder = await LockHolder.start('here', folder, LOST);
    holder.signal('SIGSTOP');
    const onTooLong = (held: HeldLock): Error => new Error(describeHeld(held));
    await expect(take(LOST, { limit: 600, onTooLong })).rejects.toThrow(
      /^process \d+ \(stopped by a signal\) on .* is .*; if nothing of it is left, remove \//,
    );
    holder.signal('SIGCONT');
    holder.tell('confirm');
    await holder.says('still held');
  });
});

const ELSEWHERE: readonly Place[] = ['under another host name', 'in another process name space'];

describe.skipIf(!canUnshare).each(ELSEWHERE)('a lock of a process %s', (place) => {
  test('is taken over a lease after that was killed', async () => {
    await using holder = await LockHolder.start(place, folder, LOST);
    await holder.kill();
    const { mtimeMs } = await stat(join(folder, 'a.lock'));
    const seen: HeldLock[] = [];
    const lock = await take(LOST, { onWait: (held) => seen.push(held) });
    expect(seen.map(({ owner }) => owner.purpose)).toEqual(['testing']);
    expect((await stat(join(folder, 'a.lock'))).mtimeMs - mtimeMs).toBeGreaterThanOrEqual(LOST.lease);
    lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('is kept by one that is blocked for long', async () => {
    await using holder = await LockHolder.start(place, folder, KEPT);
    holder.tell('block');
    await holder.says('blocked');
    const renewed = async (): Promise<number> => (await stat(join(folder, 'a.lock'))).mtimeMs;
    for (let round = 0; round < 3; round += 1) {
      const last = await renewed();
      await until(async () => (await renewed()) > last, 'a renewal');
    }
    await expect(take(KEPT, { limit: 0 })).rejects.toThrow('too long');
  });

  test('is lost by one that was stopped, which finds out when it goes on', async () => {
    await using holder = await LockHolder.start(place, folder, { renewal: 100, lease: 300 });
    holder.signal('SIGSTOP');
    const lock = await take();
    holder.signal('SIGCONT');
    await holder.says('lost');
    holder.tell('release');
    await holder.says('released');
    expect(lock.confirm()).toBe(true);
    lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('is found lost before what only its holder may do, however long the next renewal is away', async () => {
    await using holder = await LockHolder.start(place, folder, LOST);
    holder.tell('confirm');
    await holder.says('still held');
    const lock = await take();
    holder.tell('confirm');
    await holder.says('lost');
    await holder.says('not held');
    lock.release();
  });
});
