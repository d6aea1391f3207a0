import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import { type BulkheadError, isBulkheadError } from '../../src/errors/bulkhead-error.ts';
import type { ErrorCode } from '../../src/errors/error-details.ts';

/** Writes files into a folder of their own, which is removed after the test. */
export async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-registry-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A registry with the plugin folders `a`, `b` and `c` beside it. */
export async function registryFile(
  text: string | Uint8Array,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = await folderWith({
    'a/plugin.py': '',
    'b/plugin.py': '',
    'c/plugin.py': '',
    ...more,
    'plugins.yaml': text,
  });
  return join(folder, 'plugins.yaml');
}

/** The BulkheadError that `promise` fails with; fails the test for any other outcome. */
export async function failure<Code extends ErrorCode>(
  promise: Promise<unknown>,
  code: Code,
): Promise<BulkheadError<Code>> {
  const error: unknown = await promise.then(
    (value) => new Error(`expected ${code}, got ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (isBulkheadError(error) && error.code === code) return error as BulkheadError<Code>;
  throw error;
}

/** `3:5 message` for each mistake. */
export function shown(error: BulkheadError<'REGISTRY_INVALID'> | BulkheadError<'MANIFEST_INVALID'>): string[] {
  return error.details.mistakes.map(({ line, column, message }) => `${line}:${column} ${message}`);
}
