import { access, constants, mkdir, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { benchFile } from './floor-process.ts';

/** Kept between runs, so that uv is fetched once. */
export async function benchHome(): Promise<string> {
  const folder = benchFile('../.cache/bench-home');
  await mkdir(folder, { recursive: true });
  return folder;
}

/** The uv that Bulkhead used: named, on the PATH, or fetched into its state folder. */
export async function findUv(home: string): Promise<string> {
  const tools = join(home, 'tools');
  const fetched = (await readdir(tools).catch(() => [])).map((name) => join(tools, name, 'uv'));
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'uv'));
  for (const candidate of [process.env['BULKHEAD_UV'] ?? '', ...onPath, ...fetched]) {
    if (candidate !== '' && (await isExecutable(candidate))) return candidate;
  }
  throw new Error('no uv was found');
}

async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
