import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { BuildContext } from '../build/build-environment.ts';
import { builderVariables } from '../build/builder-variables.ts';
import { runBuilder } from '../build/builder-process.ts';
import { obtainUv } from '../fetched/uv-binary.ts';
import type { WantedPython } from './choose-python.ts';
import type { DiscoveredPython } from './python-discovery.ts';

const PATIENCE = 300_000;

/**
 * The last resort: has uv download a Python, unless `UV_PYTHON_DOWNLOADS` is `never`. Without retries, because this is an
 * offer and not a need: where the server can't be reached, the answer should come at once.
 *
 * @returns why there is none, or undefined when it was installed
 */
export async function installPython(
  { pinned, requires }: WantedPython,
  pythons: readonly DiscoveredPython[],
  context: BuildContext,
): Promise<Error | undefined> {
  const { variables, reporter, signal, state } = context;
  const request = pinned ?? requires;
  if (request === undefined || variables['UV_PYTHON_DOWNLOADS'] === 'never') return undefined;
  try {
    state.ensure();
    const uv = await obtainUv(context, pythons, reporter);
    reporter.tell('python', `no Python ${request} on this machine, asking uv for one`);
    const result = await runBuilder({
      file: uv.path,
      args: ['python', 'install', '--no-bin', request],
      cwd: state.root,
      signal,
      limit: PATIENCE,
      variables: builderVariables(variables, { UV_HTTP_RETRIES: variables['UV_HTTP_RETRIES'] ?? '0', UV_NO_WRAP: '1' }),
    });
    return result.exitCode === 0 ? undefined : new Error(result.output.trim());
  } catch (error) {
    if (error instanceof BulkheadError) return error;
    throw error;
  }
}
