import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeAtomically } from '../../src/lifecycle/write-atomically.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-write-'));
  file = join(folder, 'a.json');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a file is replaced as a whole, and is private unless another mode is asked for', () => {
  writeFileSync(file, 'a long old text', { mode: 0o644 });
  const { ino } = statSync(file);
  writeAtomically(file, 'new');
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(statSync(file).ino).not.toBe(ino);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  writeAtomically(file, 'newer', { mode: 0o666, isDurable: true });
  expect(statSync(file).mode & 0o777).toBe(0o666);
  expect(readdirSync(folder)).toEqual(['a.json']);
});

test('a link is replaced, and what it leads to is left alone', () => {
  const other = join(folder, 'other');
  writeFileSync(other, 'theirs');
  symlinkSync(other, file);
  writeAtomically(file, 'ours');
  expect(readFileSync(other, 'utf8')).toBe('theirs');
  expect(readFileSync(file, 'utf8')).toBe('ours');
});

test('what can not be written leaves what was there, and no draft', () => {
  mkdirSync(join(file, 'inner'), { recursive: true });
  expect(() => writeAtomically(file, 'new')).toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/);
  expect(readdirSync(folder)).toEqual(['a.json']);
  expect(() => writeAtomically(join(folder, 'no', 'folder'), 'new')).toThrow('ENOENT');
});
