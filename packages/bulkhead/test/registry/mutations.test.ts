import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { isBulkheadError } from '../../src/errors/bulkhead-error.ts';
import { readRegistry } from '../../src/registry/read-registry.ts';
import { registryFile } from './registry-fixture.ts';

const VALID = `# the registry
x-slow: &slow { call: 1h, start: 90s }
plugins:
  - id: one   # first
    path: ./a
    python_version: "3.11"
    dependencies: ["pandas==2.0.0", 'numpy>=1.24']
    config: { key: "\${env:KEY:-none}", list: [1, 2.5, true] }
    env:
      LOG: debug
  - id: two
    path: b
    isolation: docker
    image: image:latest
    resources: { memory: 2GB, cpu: 2 }
    timeouts: *slow
  - <<: &more { limits: { body: 1GiB } }
    id: three
    path: c
    as_of: 2023-06-01
    config:
      text: |
        several
        lines
`;
const PIECES = [
  '\t',
  '\n',
  ' ',
  '  ',
  ':',
  '-',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  '&a ',
  '*a',
  '*slow',
  '<<: ',
  '!x ',
  '#',
  '|',
  '>',
  '? ',
  '%',
  '@',
  '\0',
  '\u{1F4A5}',
  '${env:',
  '---\n',
  '...',
  '__proto__: ',
  'null',
  '.nan',
  '0x',
  '1e999',
  '\r',
  '\ufeff',
  'plugins:',
];

/** Mulberry32: the same numbers in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function mutated(text: string, next: () => number): string {
  const place = (): number => Math.floor(next() * text.length);
  const from = place();
  switch (Math.floor(next() * 5)) {
    case 0:
      return text.slice(0, from) + text.slice(from + 1 + Math.floor(next() * 20));
    case 1:
      return text.slice(0, from);
    case 2:
      return text.slice(0, from) + text.slice(place(), place()) + text.slice(from);
    default:
      return text.slice(0, from) + (PIECES[Math.floor(next() * PIECES.length)] ?? '') + text.slice(from);
  }
}

it('every mutation of a valid file is read, or refused with places that are in the file', async () => {
  const next = random(42);
  const file = await registryFile(VALID);
  expect((await readRegistry(file)).plugins.every(({ spec }) => spec !== undefined)).toBe(true);
  let refused = 0;
  for (let round = 0; round < 2000; round += 1) {
    let text = VALID;
    for (let times = 1 + Math.floor(next() * 3); times > 0; times -= 1) text = mutated(text, next);
    await writeFile(file, text);
    try {
      await readRegistry(file);
    } catch (error) {
      refused += 1;
      expectPlacesInside(error, await readFile(file, 'utf8'), file);
    }
  }
  expect(refused).toBeGreaterThan(500);
});

function expectPlacesInside(error: unknown, text: string, file: string): void {
  if (!isBulkheadError(error) || error.code !== 'REGISTRY_INVALID')
    throw new Error(`not a coded error, for:\n${text}`, { cause: error });
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
  const { mistakes } = error.details as {
    mistakes: readonly { file: string; line: number; column: number; message: string }[];
  };
  expect(mistakes.length).toBeGreaterThan(0);
  for (const mistake of mistakes) {
    const length = lines[mistake.line - 1]?.length ?? -1;
    expect(mistake.file).toBe(file);
    expect(mistake.column >= 1 && mistake.column <= length + 1, `${JSON.stringify(mistake)} in:\n${text}`).toBe(true);
    expect(mistake.message).not.toMatch(/undefined|\[object/);
  }
}
