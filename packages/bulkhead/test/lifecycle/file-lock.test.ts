import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FileLock, LEASE, tryLock } from '../../src/lifecycle/file-lock.ts';
import { machineName } from '../../src/lifecycle/machine-name.ts';

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

  test('is held by one, who is named to the others', () => {
    const lock = take();
    expect(tryLock(file, 'too')).toMatchObject({ file, owner: { pid: process.pid, purpose: 'testing' } });
    lock.release();
    take().release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is taken over from a process that is dead, and from one whose pid was given to another', () => {
    const { pid } = spawnSync('true');
    const stale = { token: 'x', machine: machineName(), host: hostname(), purpose: '' };
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

  /** A lock of another machine that was last renewed this long ago. */
  const elsewhere = (age: number): void => {
    writeFileSync(
      file,
      JSON.stringify({ pid: 1, startTime: 1, token: 'far', machine: 'far', host: 'far', purpose: '' }),
    );
    const time = (statSync(file).mtimeMs - age) / 1000;
    utimesSync(file, time, time);
  };

  test('is taken over from another machine when it was not renewed for a lease', () => {
    elsewhere(LEASE - 5_000);
    expect(tryLock(file, '')).toMatchObject({ owner: { token: 'far' } });
    elsewhere(LEASE + 1_000);
    take().release();
    elsewhere(-LEASE - 5_000);
    take().release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is judged by the clock of the file system alone', () => {
    vi.spyOn(Date, 'now').mockReturnValue(0);
    try {
      elsewhere(0);
      expect(tryLock(file, '')).toMatchObject({ owner: { token: 'far' } });
    } finally {
      vi.restoreAllMocks();
    }
  });

  test('is not taken over while another removes it', () => {
    const dead = { pid: 2 ** 22 + 1, startTime: 1, token: 'dead', machine: machineName(), host: '', purpose: '' };
    writeFileSync(file, JSON.stringify(dead));
    const right = tryLock(`${file}.dead`, 'removing') as FileLock;
    expect(tryLock(file, '')).toMatchObject({ owner: { token: 'dead' } });
    right.release();
    take().release();
  });

  test("is renewed, and told lost once it is another's", () => {
    const lock = take();
    const old = new Date(0);
    utimesSync(file, old, old);
    expect(lock.renew()).toBe(true);
    expect(statSync(file).mtimeMs).toBeGreaterThan(0);
    expect(tryLock(file, '')).toMatchObject({ owner: { token: lock.token, purpose: 'testing' } });
    rmSync(file);
    expect(lock.renew()).toBe(false);
    const other = take();
    utimesSync(file, old, old);
    expect(lock.renew()).toBe(false);
    expect(statSync(file).mtimeMs).toBe(0);
    other.release();
  });

  test.each([
    ['a pipe', () => execFileSync('mkfifo', [file])],
    ['a link to nothing', () => symlinkSync(join(folder, 'nothing'), file)],
    ['a link to itself', () => symlinkSync(file, file)],
    ['a folder', () => mkdirSync(join(file, 'inner'), { recursive: true })],
    ['half a lock', () => writeFileSync(file, '{"pid": 1, "tok')],
    ['a token that is a path', () => writeFileSync(file, '{"pid": 1, "token": "/../../x"}')],
  ])('%s in its place holds up nobody', (_, put) => {
    put();
    take().release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('does not release what has become the lock of another', () => {
    const lock = take();
    rmSync(file);
    const other = take();
    lock.release();
    expect(tryLock(file, '')).toMatchObject({ owner: { pid: process.pid } });
    other.release();
  });
});
