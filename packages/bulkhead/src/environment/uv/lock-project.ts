import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { asReason } from '../../errors/as-reason.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import { runBuilder } from '../build/builder-process.ts';
import { builderVariables } from '../build/builder-variables.ts';
import { ProgressReporter } from '../build/progress-reporter.ts';
import { obtainUv } from '../fetched/uv-binary.ts';
import { discoverPythons } from '../python/python-discovery.ts';
import type { ProgressSink } from '../ready-environment.ts';
import type { StateFolder } from '../state-folder.ts';

const PATIENCE_MILLISECONDS = 60_000;
const LONGEST_LINE = 300;

/** What `lockProject` works with. */
export interface Locking {
  readonly state: StateFolder;
  readonly variables: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly progress: ProgressSink;
}

/**
 * Lets uv write the `uv.lock` of a plugin's project, as `uv lock` in its folder does.
 *
 * @throws BulkheadError `UV_UNAVAILABLE`, `STATE_FOLDER_UNUSABLE`; Error with the last line of uv
 */
export async function lockProject(
  plugin: string,
  folder: string,
  { state, variables, signal, progress }: Locking,
): Promise<void> {
  state.ensure();
  const reporter = new ProgressReporter(plugin, progress);
  try {
    const { pythons } = await discoverPythons(state, variables, signal);
    const uv = await obtainUv({ state, variables, signal }, pythons, reporter);
    reporter.tell('resolving', 'locking its packages');
    const { exitCode, stderr } = await runBuilder({
      file: uv.path,
      args: ['lock', '--no-progress'],
      cwd: folder,
      variables: builderVariables(variables, { UV_NO_WRAP: '1' }),
      signal,
      limit: PATIENCE_MILLISECONDS,
    });
    const said = stderr.trim().split('\n').at(-1) ?? '';
    if (exitCode !== 0) throw new Error(asReason(visibleLine(said, LONGEST_LINE) || 'uv was ended'));
    if (!existsSync(join(folder, 'uv.lock')))
      throw new Error('the folder is part of a workspace, whose uv.lock lies elsewhere');
  } finally {
    reporter.close();
  }
}
