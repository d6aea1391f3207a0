import { chmod, mkdir, mkdtemp, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { type FileLock, lockOneOf, ownerOf } from '../../lifecycle/file-lock.ts';
import { builderVariables } from '../build/builder-variables.ts';
import { runBuilder } from '../build/builder-process.ts';
import { downloadWheel, hashOfFile, unpackWheel, type WheelFetching } from './pip-wheel.ts';
import type { DiscoveredPython } from '../python/python-discovery.ts';
import type { ProgressReporter } from '../build/progress-reporter.ts';
import { type StateFolder, writeAtomically } from '../state-folder.ts';
import { UV_VERSION, UV_WHEELS } from './uv-release.ts';

/** A uv on this machine. */
export interface UvBinary {
  readonly path: string;
  readonly version: string;
  readonly origin: 'BULKHEAD_UV' | 'PATH' | 'state folder';
}

/** What finding uv works with. */
export interface UvSearch {
  readonly state: StateFolder;
  readonly variables: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

const BINARY = process.platform === 'win32' ? 'uv.exe' : 'uv';
/** `null`: it does not run, or is not uv. */
type Answers = Record<string, string | null>;

const VERSION_PATIENCE = 10_000;
const FETCH_PATIENCE = 600_000;

/**
 * Finds uv by `BULKHEAD_UV`, on the PATH, or in the state folder; undefined: it would have to be fetched.
 *
 * @throws BulkheadError `UV_UNAVAILABLE` when `BULKHEAD_UV` names something that is not uv
 */
export async function findUv(search: UvSearch): Promise<UvBinary | undefined> {
  const named = search.variables['BULKHEAD_UV'];
  if (named !== undefined && named !== '') {
    const version = await versionOf(named, search);
    if (version === undefined)
      throw new BulkheadError('UV_UNAVAILABLE', { reason: `BULKHEAD_UV names ${named}, which does not run as uv` });
    return { path: named, version, origin: 'BULKHEAD_UV' };
  }
  // a shim's answer depends on the folder and the settings it is run with: what it stands for may be gone at the next run
  const folders = (search.variables['PATH'] ?? '')
    .split(delimiter)
    .filter((part) => part !== '' && basename(part) !== 'shims');
  for (const folder of folders) {
    const path = join(folder, BINARY);
    const version = await versionOf(path, search);
    if (version !== undefined) return { path, version, origin: 'PATH' };
  }
  const path = keptPath(search.state);
  return (await stat(path).catch(() => undefined)) === undefined
    ? undefined
    : { path, version: UV_VERSION, origin: 'state folder' };
}

/** Finds uv or fetches it, once for all processes. @throws BulkheadError `UV_UNAVAILABLE` */
export async function obtainUv(
  search: UvSearch,
  pythons: readonly DiscoveredPython[],
  reporter: ProgressReporter,
): Promise<UvBinary> {
  const found = await findUv(search);
  if (found !== undefined) return found;
  await search.state.ensure();
  const lock = await lockOneOf([join(search.state.locks, 'uv-download.lock')], 'fetching uv', {
    signal: search.signal,
    onWait: ({ pid }) => reporter.tell('uv', `waiting for ${ownerOf(pid)}, which is fetching uv`),
    done: async () => (await findUv(search)) !== undefined,
  });
  return await underLock(lock, async () => {
    if ((await findUv(search)) === undefined) await fetchUv(search, pythons, reporter);
    return { path: keptPath(search.state), version: UV_VERSION, origin: 'state folder' };
  });
}

async function underLock<Value>(lock: FileLock | undefined, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } finally {
    lock?.release();
  }
}

function keptPath(state: StateFolder): string {
  return join(state.tools, `uv-${UV_VERSION}`, BINARY);
}

/** Asks `uv --version` once for every binary; answers are kept like those of Pythons. */
async function versionOf(path: string, { state, variables, signal }: UvSearch): Promise<string | undefined> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return undefined;
  const { mtimeMs, size } = await stat(real);
  const key = `${path}|${real}|${mtimeMs}|${size}`;
  const file = join(state.answers, 'uv.json');
  const answers = await readFile(file, 'utf8')
    .then((text) => JSON.parse(text) as Answers)
    .catch(() => ({}) as Answers);
  const known = answers[key];
  if (known !== undefined) return known ?? undefined;
  const { exitCode, stdout } = await runBuilder({
    file: path,
    args: ['--version'],
    cwd: dirname(path),
    variables: builderVariables(variables, {}),
    signal,
    limit: VERSION_PATIENCE,
  });
  const version = exitCode === 0 ? /^uv (\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1] : undefined;
  await writeAtomically(file, JSON.stringify({ ...answers, [key]: version ?? null }, undefined, 1)).catch(
    () => undefined,
  );
  return version;
}

async function fetchUv(
  search: UvSearch,
  pythons: readonly DiscoveredPython[],
  reporter: ProgressReporter,
): Promise<void> {
  const { state } = search;
  reporter.tell('uv', `fetching uv ${UV_VERSION}`);
  await mkdir(state.tools, { recursive: true });
  const folder = await mkdtemp(join(state.tools, 'download-'));
  try {
    const { wheel, fetching } = await download(folder, search, pythons);
    await unpack(folder, wheel, fetching);
    // the folder may be there when a file in it was deleted; only one process is here at a time
    await state.discard(join(state.tools, `uv-${UV_VERSION}`));
    await rename(join(folder, 'ready'), join(state.tools, `uv-${UV_VERSION}`));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Not every Python has pip: the few likeliest are tried. Answers the wheel, and with what it was got. */
async function download(
  folder: string,
  { variables, signal }: UvSearch,
  pythons: readonly DiscoveredPython[],
): Promise<{ wheel: string; fetching: WheelFetching }> {
  const reasons: string[] = [];
  for (const { executable } of pythons
    .toSorted((left, right) => Number(right.ensurepip) - Number(left.ensurepip))
    .slice(0, 3)) {
    const fetching = { python: executable, variables, signal, limit: FETCH_PATIENCE };
    try {
      return { wheel: await downloadWheel(`uv==${UV_VERSION}`, folder, fetching), fetching };
    } catch (error) {
      signal.throwIfAborted();
      reasons.push(`${executable}: ${(error as Error).message}`);
    }
  }
  const reason =
    reasons.length === 0
      ? 'it is not on the PATH, and there is no Python whose pip could fetch it'
      : `it is not on the PATH, and pip could not fetch it (${reasons.join('; ')})`;
  throw new BulkheadError('UV_UNAVAILABLE', { reason });
}

async function unpack(folder: string, wheel: string, fetching: WheelFetching): Promise<void> {
  const hash = await hashOfFile(wheel);
  if (!UV_WHEELS.has(hash))
    throw new BulkheadError('UV_UNAVAILABLE', {
      reason: `the wheel that the package index gave (${basename(wheel)}) is not the published one: its SHA-256 is ${hash}`,
    });
  try {
    await unpackWheel(wheel, join(folder, 'wheel'), fetching);
  } catch (error) {
    fetching.signal.throwIfAborted();
    throw new BulkheadError('UV_UNAVAILABLE', { reason: `its wheel can't be unpacked: ${(error as Error).message}` });
  }
  const scripts = join(folder, 'wheel', `uv-${UV_VERSION}.data`, 'scripts');
  await chmod(join(scripts, BINARY), 0o755);
  await rename(scripts, join(folder, 'ready'));
}
