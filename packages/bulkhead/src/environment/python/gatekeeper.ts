import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { interpreterOf } from '../environment-options.ts';
import type { PythonInterpreter } from '../ready-environment.ts';
import type { StateFolder } from '../state-folder.ts';
import { choosePython } from './choose-python.ts';
import { discoverPythons } from './python-discovery.ts';

const NO_PYTHON = 'its gates are closed by a Python (3.9 or later), and this machine has none';

/** What closes the gates of a sandbox, and then becomes a program of another language. @throws BulkheadError `SANDBOX_UNAVAILABLE` */
export async function gatekeeperFor(
  plugin: string,
  { state, variables }: { readonly state: StateFolder; readonly variables: NodeJS.ProcessEnv },
  signal: AbortSignal,
): Promise<PythonInterpreter> {
  const { pythons } = await discoverPythons(state, variables, signal);
  const fitting = choosePython(pythons, { pinned: undefined, requires: undefined });
  if (fitting === undefined) throw new BulkheadError('SANDBOX_UNAVAILABLE', { plugin, reason: NO_PYTHON });
  return interpreterOf(fitting);
}
