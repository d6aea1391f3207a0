import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { environmentPython } from '../../environment/build/environment-record.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { asReason } from '../../errors/as-reason.ts';
import { pluginVariables } from '../../lifecycle/process-variables.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { Interruption } from '../interruption.ts';

export interface PytestRun {
  readonly spec: PluginSpec;
  /** Absolute path of the environment of the tests. */
  readonly prefix: string;
  /** The folder that holds `plugin_sdk`. */
  readonly sdk: string;
  readonly registry: string;
  /** Go to pytest as they are. */
  readonly args: readonly string[];
  /** Whether what the tests print goes to standard error, since standard output is for a report. */
  readonly quietOutput: boolean;
}

/** For SIGINT as a shell tells it. */
const INTERRUPTED = 130;

/**
 * Runs pytest in the plugin's folder, on this terminal.
 *
 * @returns its exit status
 * @throws BulkheadError `TESTS_CUT_OFF`
 */
export async function runPytest(run: PytestRun, interruption: Interruption): Promise<number> {
  const { spec, prefix, args, quietOutput } = run;
  const child = spawn(environmentPython(prefix), ['-m', 'pytest', '-p', 'plugin_sdk.testing', ...args], {
    cwd: spec.folder,
    env: variablesOf(run),
    stdio: ['inherit', quietOutput ? 2 : 'inherit', 'inherit'],
  });
  const stop = (): void => {
    // the terminal sends Ctrl-C to both
    const isTold = interruption.exitCode === INTERRUPTED && process.stdin.isTTY;
    if (!isTold) child.kill(interruption.exitCode === INTERRUPTED ? 'SIGINT' : 'SIGTERM');
  };
  interruption.signal.addEventListener('abort', stop, { once: true });
  try {
    const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
      (resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code, signal) => resolve({ code, signal }));
      },
    );
    if (code !== null || interruption.signal.aborted) return code ?? 1;
    throw new BulkheadError('TESTS_CUT_OFF', { plugin: spec.id, reason: `pytest was ended by ${signal}` });
  } catch (error) {
    if (error instanceof BulkheadError) throw error;
    const reason = asReason((error as Error).message);
    throw new BulkheadError('TESTS_CUT_OFF', { plugin: spec.id, reason }, { cause: error });
  } finally {
    interruption.signal.removeEventListener('abort', stop);
  }
}

/**
 * Tests are the developer's program, so they see the whole environment, and over it what the plugin would see. Modules are found
 * as in the plugin: first its own, beside its entry point.
 */
function variablesOf({ spec, prefix, sdk, registry }: PytestRun): NodeJS.ProcessEnv {
  const { PYTHONHOME: _, ...developer } = process.env;
  const { file } = spec.launch.entryPoint;
  const path = [file === undefined ? spec.folder : dirname(join(spec.folder, file)), sdk];
  const [, main = ''] = process.argv;
  return {
    ...developer,
    ...pluginVariables(process.env, spec.launch, prefix),
    PYTHONPATH: path.join(delimiter),
    BULKHEAD_TEST: JSON.stringify({ command: [process.execPath, main], registry, plugin: spec.id }),
  };
}
