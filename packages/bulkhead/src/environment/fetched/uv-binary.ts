import { existsSync } from 'node:fs';
import { chmod, realpath, stat } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { asReason } from '../../errors/as-reason.ts';
import { BulkheadError, isBulkheadError } from '../../errors/bulkhead-error.ts';
import { builderVariables } from '../build/builder-variables.ts';
import { runBuilder } from '../build/builder-process.ts';
import { type Fetched, fetchOnce } from './fetch-once.ts';
import { downloadWheelWithAny, hashOfFile, unpackWheel } from './pip-wheel.ts';
import type { DiscoveredPython } from '../python/python-discovery.ts';
import type { ProgressReporter } from '../build/progress-reporter.ts';
import { keepAnswers, readAnswers } from '../build/kept-answers.ts';
import type { StateFolder } from '../state-folder.ts';
import { UV_VERSION, UV_WHEELS } from './uv-release.ts';

/** A uv on this machine. */
export interface UvBinary {
  readonly path: string;
  readonly version: string;
  readonly origin: 'BULKHEAD_UV' | 'PATH' | 'state folder';
}

/** Where to look for uv. */
export interface UvSearch {
  readonly state: StateFolder;
  readonly variables: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** Below `tools`. */
const FOLDER = `uv-${UV_VERSION}`;
const BINARY = process.platform === 'win32' ? 'uv.exe' : 'uv';
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
  return existsSync(path) ? { path, version: UV_VERSION, origin: 'state folder' } : undefined;
}

/** Finds uv or fetches it, once for all processes. @throws BulkheadError `UV_UNAVAILABLE`, `STATE_FOLDER_UNUSABLE` */
export async function obtainUv(
  search: UvSearch,
  pythons: readonly DiscoveredPython[],
  reporter: ProgressReporter,
): Promise<UvBinary> {
  const found = await findUv(search);
  if (found !== undefined) return found;
  const { state, signal } = search;
  const uv: Fetched = {
    name: FOLDER,
    what: 'uv',
    isThere: async () => (await findUv(search)) !== undefined,
    fetchInto: async (folder) => {
      reporter.tell('uv', `fetching uv ${UV_VERSION}`);
      return await fetchUv(folder, search, pythons);
    },
  };
  try {
    await fetchOnce(uv, { state, signal, onWait: (message) => reporter.tell('uv', message) });
  } catch (error) {
    signal.throwIfAborted();
    if (isBulkheadError(error) || state.explain(error) !== error) throw state.explain(error);
    const reason = `it is not on the PATH, and ${asReason((error as Error).message)}`;
    throw new BulkheadError('UV_UNAVAILABLE', { reason }, { cause: error });
  }
  return { path: keptPath(state), version: UV_VERSION, origin: 'state folder' };
}

function keptPath(state: StateFolder): string {
  return join(state.tools, `uv-${UV_VERSION}`, BINARY);
}

/** Asks `uv --version` once for every binary; answers are kept like those of Pythons; null: it does not run, or is not uv. */
async function versionOf(path: string, { state, variables, signal }: UvSearch): Promise<string | undefined> {
  const real = existsSync(path) ? await realpath(path).catch(() => undefined) : undefined;
  if (real === undefined) return undefined;
  const { mtimeMs, size } = await stat(real);
  const key = `${path}|${real}|${mtimeMs}|${size}`;
  const file = join(state.answers, 'uv.json');
  const answers = readAnswers<string | null>(file);
  const known = answers[key];
  if (known !== undefined) return known ?? undefined;
  const { exitCode, stdout, isFinal } = await runBuilder({
    file: path,
    args: ['--version'],
    cwd: dirname(path),
    variables: builderVariables(variables, {}),
    signal,
    limit: VERSION_PATIENCE,
  });
  const version = exitCode === 0 ? /^uv (\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1] : undefined;
  if (isFinal) keepAnswers(file, { ...answers, [key]: version ?? null });
  return version;
}

async function fetchUv(
  folder: string,
  { variables, signal }: UvSearch,
  pythons: readonly DiscoveredPython[],
): Promise<string> {
  const likeliest = pythons.toSorted((left, right) => Number(right.ensurepip) - Number(left.ensurepip));
  const executables = likeliest.map(({ executable }) => executable);
  const settings = { variables, signal, limit: FETCH_PATIENCE };
  const { wheel, fetching } = await downloadWheelWithAny(executables, `uv==${UV_VERSION}`, folder, settings);
  const hash = await hashOfFile(wheel);
  if (!UV_WHEELS.has(hash))
    throw new Error(
      `the wheel that the package index gave (${basename(wheel)}) is not the published one: its SHA-256 is ${hash}`,
    );
  await unpackWheel(wheel, join(folder, 'wheel'), fetching);
  const scripts = join(folder, 'wheel', `uv-${UV_VERSION}.data`, 'scripts');
  await chmod(join(scripts, BINARY), 0o755);
  return scripts;
}
