import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FileLock, lockOneOf, type LockOwner, tryLock } from '../../src/lifecycle/file-lock.ts';

describe('file lock', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bulkhead-lock-'));
    file = join(folder, 'a.lock');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const take = (): FileLock => {
    const lock = tryLock(file, 'testing');
    if (!('release' in lock)) throw new Error('it is held');
    return lock;
  };
  const waiting = (changed: object = {}): Parameters<typeof lockOneOf>[2] => ({
    signal: new AbortController().signal,
    onWait: () => undefined,
    ...changed,
  });

  test('is held by one, who is named to the others', () => {
    const lock = take();
    expect(tryLock(file, 'too')).toMatchObject({ pid: process.pid, purpose: 'testing' });
    lock.release();
    take().release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is taken over from a process that is dead, and from one whose pid was given to another', () => {
    const { pid } = spawnSync('true');
    const stale = { token: 'x', host: hostname(), purpose: '' };
    for (const owner of [
      { ...stale, pid, startTime: 1 },
      { ...stale, pid: process.pid, startTime: 1 },
    ]) {
      writeFileSync(file, JSON.stringify(owner));
      take().release();
    }
    writeFileSync(file, '');
    take().release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is not taken over from another machine, nor while another removes it', () => {
    writeFileSync(file, JSON.stringify({ pid: 1, startTime: 1, token: 'far', host: 'elsewhere', purpose: '' }));
    expect(tryLock(file, '')).toMatchObject({ token: 'far' });
    writeFileSync(
      file,
      JSON.stringify({ pid: 2 ** 22 + 1, startTime: 1, token: 'dead', host: hostname(), purpose: '' }),
    );
    const right = tryLock(`${file}.dead`, 'removing') as FileLock;
    expect(tryLock(file, '')).toMatchObject({ token: 'dead' });
    right.release();
    take().release();
  });

  test('does not release what has become the lock of another', () => {
    const lock = take();
    rmSync(file);
    const other = take();
    lock.release();
    expect(tryLock(file, '')).toMatchObject({ pid: process.pid });
    other.release();
  });

  test('waits for the first that is free, until it is done, too long, or aborted', async () => {
    const lock = take();
    const second = join(folder, 'b.lock');
    (await lockOneOf([file, second], '', waiting()))?.release();
    const told: LockOwner[] = [];
    const later = lockOneOf(
      [file],
      '',
      waiting({
        onWait: (owner: LockOwner) => {
          told.push(owner);
          lock.release();
        },
      }),
    );
    const held = await later;
    expect(told).toHaveLength(1);
    expect(await lockOneOf([file], '', waiting({ done: () => true }))).toBeUndefined();
    await expect(lockOneOf([file], '', waiting({ limit: 0, onTooLong: () => new Error('too long') }))).rejects.toThrow(
      'too long',
    );
    await expect(lockOneOf([file], '', waiting({ signal: AbortSignal.abort(new Error('enough')) }))).rejects.toThrow(
      'enough',
    );
    held?.release();
  });
});
