import { fileURLToPath } from 'node:url';
import { ProgressReporter } from '../../src/environment/build/progress-reporter.ts';
import { discoverPythons } from '../../src/environment/python/python-discovery.ts';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { obtainUv } from '../../src/environment/fetched/uv-binary.ts';

/** Outlives a test run, so that uv is fetched once for a clone, and Pythons are asked once. */
const cache = new StateFolder(fileURLToPath(new URL('../../../../.cache/environment-tests', import.meta.url)));

export interface SharedTools {
  /** Path of a uv binary. */
  readonly uv: string;
  /** What Pythons answered, to be copied into a state folder. */
  readonly answers: string;
}

/** Obtains uv by the very code that is under test. Test files run at the same time: its lock lets one of them fetch it. */
export async function sharedTools(): Promise<SharedTools> {
  const { signal } = new AbortController();
  cache.ensure();
  const { pythons } = await discoverPythons(cache, process.env, signal);
  const search = { state: cache, variables: process.env, signal };
  const uv = await obtainUv(search, pythons, new ProgressReporter('tests', () => undefined));
  return { uv: uv.path, answers: cache.answers };
}
