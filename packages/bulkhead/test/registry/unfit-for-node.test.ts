import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRegistry } from '../../src/registry/read-registry.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-unfit-'));
  await mkdir(join(folder, 'shouter'));
  await writeFile(join(folder, 'shouter', 'package.json'), '{ "bulkhead": {} }');
  await writeFile(join(folder, 'shouter', 'plugin.js'), '');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function problemOf(fields: string, defaults = ''): Promise<string | undefined> {
  const file = join(folder, 'plugins.yaml');
  await writeFile(file, `${defaults}plugins:\n  - { id: shouter, path: shouter${fields} }\n`);
  const { plugins } = await readRegistry(file, { variables: {} });
  return plugins[0]?.problem?.message;
}

test.each([
  [', start: fork', /2:\d+: start: .* can not be forked/],
  [', transport: stdio', /2:\d+: transport: .* sockets/],
  [', isolation: docker, image: "node:24", start: fork', /2:\d+: start: .* can not be forked/],
  [', isolation: docker, image: "node:24", python_version: "3.11"', /2:\d+: python_version: .* `engines`/],
  [', isolation: docker, image_command: true', /2:\d+: image_command: .* leave this out/],
  [', instances: { spare: 1 }', /2:\d+: instances.spare: .* `min`/],
])('of a plugin of Node "%s" is a mistake', async (fields, words) => {
  expect(await problemOf(fields)).toMatch(words);
});

test.each([
  '',
  ', start: auto',
  ', start: spawn',
  ', transport: socket',
  ', instances: { min: 1 }',
  ', isolation: docker, image: "node:24"',
])('of a plugin of Node "%s" is none', async (fields) => {
  expect(await problemOf(fields)).toBeUndefined();
});

test('a default need not fit every plugin', async () => {
  expect(await problemOf('', 'defaults: { start: fork }\n')).toBeUndefined();
});
