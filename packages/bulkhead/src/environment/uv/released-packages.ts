import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildContext } from '../build/build-environment.ts';
import { runBuilder } from '../build/builder-process.ts';
import { builderVariables } from '../build/builder-variables.ts';
import { environmentPython } from '../build/environment-record.ts';
import { installedSources } from '../build/installed-sources.ts';
import { findSitePackages } from '../build/site-packages.ts';
import { findUv } from '../fetched/uv-binary.ts';
import { installedPackages } from '../trial/installed-packages.ts';
import { type ReleaseDates, releaseDates } from './release-dates.ts';
import type { UvRequest } from './uv-request.ts';

/** When the packages of an environment were published: from the lock file that it was made by, else uv is asked for one. */
export async function releasedPackages(
  prefix: string,
  request: UvRequest,
  context: BuildContext,
): Promise<ReleaseDates> {
  if (request.lock === 'locked') return releaseDates(request.declared.lock);
  const written = await readFile(join(prefix, 'uv.lock'), 'utf8').catch(() => undefined);
  return releaseDates(written ?? (await lockOf(prefix, request, context)));
}

/** Undefined if this uv can't write one: nothing depends on it but a better hint. */
async function lockOf(prefix: string, { spec, index }: UvRequest, context: BuildContext): Promise<string | undefined> {
  const { state, variables, signal } = context;
  const uv = await findUv(context);
  if (uv === undefined) return undefined;
  const sitePackages = await findSitePackages(prefix);
  const local = new Set((await installedSources(sitePackages)).map(({ name }) => name));
  const pins = (await installedPackages(sitePackages)).filter(({ name }) => !local.has(name));
  const workshop = await mkdtemp(join(state.builds, 'released-'));
  try {
    const list = join(workshop, 'installed.txt');
    await writeFile(list, pins.map(({ name, version }) => `${name}==${version}\n`).join(''), { mode: 0o600 });
    const lock = join(workshop, 'pylock.toml');
    const { exitCode } = await runBuilder({
      file: uv.path,
      args: ['pip', 'compile', list, '--no-deps', '--quiet', '--python', environmentPython(prefix), '-o', lock],
      cwd: spec.folder,
      signal,
      variables: builderVariables(variables, index.forUv),
    });
    return exitCode === 0 ? await readFile(lock, 'utf8') : undefined;
  } finally {
    await state.discard(workshop);
  }
}
