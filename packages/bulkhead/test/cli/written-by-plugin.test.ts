import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WrittenByPlugin } from '../../src/cli/output/written-by-plugin.ts';

let root: string;
let written: WrittenByPlugin;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bulkhead-written-'));
  vi.useFakeTimers({ toFake: ['Date'] });
  written = new WrittenByPlugin(join(root, 'plugin'));
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(root, { recursive: true });
});

describe('of a load from 1 s to 3 s whose plugin began to run after 2 s', () => {
  beforeEach(() => {
    at(1, () => written.began());
    at(2, () => written.started());
    at(3, () => written.ended());
    // it was shown, and the plugin has died and begins by itself
    at(4, () => written.started());
    at(5, () => written.ended());
  });

  test.each([
    { file: 'plugin/data.txt', saved: 1.5, expected: false },
    { file: 'plugin/data.txt', saved: 2.5, expected: true },
    { file: 'plugin/data.txt', saved: 3.5, expected: false },
    { file: 'plugin/data.txt', saved: 4.5, expected: false },
    { file: 'library/native.so', saved: 0.5, expected: false },
    { file: 'library/native.so', saved: 1.5, expected: true },
    { file: 'library/native.so', saved: 2.5, expected: true },
    { file: 'library/native.so', saved: 3.5, expected: false },
  ])('$file of $saved s: $expected', async ({ file, saved, expected }) => {
    expect(await isWritten(file, saved)).toBe(expected);
  });

  test.each(['code.py', 'code.rs', 'package.json', 'package-lock.json', '.npmrc', 'requirements.txt', 'Dockerfile'])(
    "%s is the author's at any time",
    async (name) => {
      expect(await isWritten(`plugin/${name}`, 2.5)).toBe(false);
      expect(await isWritten(`library/${name}`, 2.5)).toBe(false);
    },
  );

  test("a file that was removed is the plugin's", async () => {
    const gone = join(root, 'plugin/gone.txt');
    expect(await written.among([gone])).toEqual(new Set([gone]));
  });
});

test('nothing in the folder of a plugin that did not get to run is its own', async () => {
  at(1, () => written.began());
  at(3, () => written.ended());
  expect(await isWritten('plugin/data.txt', 2)).toBe(false);
  expect(await written.among([join(root, 'plugin/gone.txt')])).toEqual(new Set());
});

function at(seconds: number, event: () => void): void {
  vi.setSystemTime(seconds * 1000);
  event();
}

async function isWritten(name: string, saved: number): Promise<boolean> {
  const file = join(root, name);
  await mkdir(dirname(file), { recursive: true });
  writeFileSync(file, '');
  utimesSync(file, saved, saved);
  return (await written.among([file])).has(file);
}
