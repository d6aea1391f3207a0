import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asReason } from '../../errors/as-reason.ts';
import { runBuilder } from '../build/builder-process.ts';
import { builderVariables } from '../build/builder-variables.ts';

/** How Bulkhead fetches its own tools. */
export interface WheelFetching {
  /** Executable of a Python that has pip. */
  readonly python: string;
  /** The host's environment variables. */
  readonly variables: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Milliseconds for each step. */
  readonly limit: number;
}

/** Not every Python has pip. */
const MOST_PYTHONS = 3;
const DOWNLOAD = ['download', '--no-deps', '--only-binary=:all:', '--no-input', '--disable-pip-version-check'];

/** @returns the wheel's path. @throws Error with the last line of what pip said; or the signal's reason */
async function downloadWheel(
  requirement: string,
  folder: string,
  fetching: WheelFetching,
  options: readonly string[] = [],
): Promise<string> {
  await runPython(fetching, ['-m', 'pip', ...DOWNLOAD, ...options, requirement, '--dest', folder], folder);
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip brought no wheel of it');
  return join(folder, wheel);
}

/**
 * Fetches one wheel into a folder, with the first of the Pythons that can; only the few likeliest are tried. pip gets it from
 * whichever index, mirror or proxy it is configured for; a known hash makes that one as good as any.
 *
 * @returns the wheel's path, and what it was fetched with. @throws Error with what each of them said; or the signal's reason
 */
export async function downloadWheelWithAny(
  pythons: readonly string[],
  requirement: string,
  folder: string,
  { options = [], ...fetching }: Omit<WheelFetching, 'python'> & { readonly options?: readonly string[] },
): Promise<{ readonly wheel: string; readonly fetching: WheelFetching }> {
  if (pythons.length === 0) throw new Error('there is no Python whose pip could fetch it');
  const reasons: string[] = [];
  for (const python of pythons.slice(0, MOST_PYTHONS)) {
    const own = { ...fetching, python };
    try {
      return { wheel: await downloadWheel(requirement, folder, own, options), fetching: own };
    } catch (error) {
      fetching.signal.throwIfAborted();
      reasons.push(`${python}: ${asReason((error as Error).message)}`);
    }
  }
  throw new Error(`pip could not fetch it (${reasons.join('; ')})`);
}

/** @throws Error with the last line of what Python said; or the signal's reason */
export async function unpackWheel(wheel: string, target: string, fetching: WheelFetching): Promise<void> {
  await runPython(fetching, ['-I', '-m', 'zipfile', '-e', wheel, target], dirname(wheel));
}

/** SHA-256, in hexadecimal digits. */
export async function hashOfFile(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

async function runPython(fetching: WheelFetching, args: readonly string[], cwd: string): Promise<void> {
  const { python, variables, signal, limit } = fetching;
  const result = await runBuilder({
    file: python,
    args,
    cwd,
    variables: builderVariables(variables, {}),
    signal,
    limit,
  });
  if (result.exitCode !== 0) throw new Error(result.output.trim().split('\n').at(-1) || 'pip failed');
}
