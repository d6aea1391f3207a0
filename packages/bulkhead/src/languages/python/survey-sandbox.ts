import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { asReason } from '../../errors/as-reason.ts';

/** What a sandbox is made of on this machine. */
export type SandboxSurvey =
  | {
      /** Version of the kernel's interface. */
      readonly landlock: number;
      /** Why a plugin gets no name spaces of its own; undefined: it does. */
      readonly withoutNamespaces?: string;
      readonly reason?: undefined;
    }
  | {
      readonly landlock?: undefined;
      readonly withoutNamespaces?: undefined;
      /** Why there can't be one. */
      readonly reason: string;
    };

const QUESTION = 'import sys; sys.path.insert(0, sys.argv[1]); from plugin_sdk._sandbox.survey import survey; survey()';
const PATIENCE_MILLISECONDS = 10_000;

/** Closes the gates in a process of its own, which says whether that worked. `sdk` is the folder that holds `plugin_sdk`. */
export async function surveySandbox(python: string, sdk: string, signal: AbortSignal): Promise<SandboxSurvey> {
  if (process.platform !== 'linux') return { reason: 'only Linux has what it is made of' };
  try {
    const options = { signal, timeout: PATIENCE_MILLISECONDS, env: { PYTHONDONTWRITEBYTECODE: '1' } };
    const { stdout } = await promisify(execFile)(python, ['-S', '-c', QUESTION, sdk], options);
    const [, version, why] = /^landlock (\d+)\n(.*)$/.exec(stdout) ?? [];
    if (version !== undefined)
      return { landlock: Number(version), ...(why ? { withoutNamespaces: asReason(why) } : {}) };
    return { reason: asReason(stdout.replace(/^unavailable /, '')) };
  } catch (error) {
    return { reason: asReason((error as Error).message) };
  }
}
