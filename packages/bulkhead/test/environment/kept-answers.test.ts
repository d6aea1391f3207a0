import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepAnswers, readAnswers } from '../../src/environment/build/kept-answers.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bulkhead-answers-'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

test('answers are kept in a folder that is made for them', () => {
  const file = join(root, 'state', 'answers', 'pythons.json');
  keepAnswers(file, { '/usr/bin/python3': { version: '3.11.7' } });
  expect(readAnswers(file)).toEqual({ '/usr/bin/python3': { version: '3.11.7' } });
});

test.each(['', '{"cut": ', 'null', '[1]', '"text"'])('a damaged file holds none: %s', async (text) => {
  const file = join(root, 'pythons.json');
  await writeFile(file, text);
  expect(readAnswers(file)).toEqual({});
});

test('where they can not be kept, they are asked again', async () => {
  await writeFile(join(root, 'file'), '');
  const file = join(root, 'file', 'pythons.json');
  keepAnswers(file, { a: 1 });
  expect(readAnswers(file)).toEqual({});
});
