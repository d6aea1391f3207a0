import type { TestOptions } from 'vitest';
import { discoverPythons } from '../../src/environment/python/python-discovery.ts';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { pythonSdkFolder } from '../../src/languages/python/sdk-folder.ts';
import { surveySandbox } from '../../src/languages/python/survey-sandbox.ts';
import { fitsPython } from '../../src/requirements/python-version.ts';
import { onlyIf } from '../not-run.ts';
import { TEST_HOME } from '../test-home.ts';

export const KINDS = ['floor', 'full'] as const;

/** Options of tests of each kind of sandbox: a machine may make no name spaces. */
export async function optionsOfKinds(): Promise<Readonly<Record<(typeof KINDS)[number], TestOptions>>> {
  const state = new StateFolder(TEST_HOME);
  state.ensure();
  const { signal } = new AbortController();
  const { pythons } = await discoverPythons(state, process.env, signal);
  const python = pythons.find(({ version }) => fitsPython(version, '>=3.9') === true);
  const survey =
    python === undefined
      ? { reason: 'there is no Python' }
      : await surveySandbox(python.executable, pythonSdkFolder(process.env), signal);
  const { reason, withoutNamespaces } = survey;
  return {
    floor: onlyIf(reason === undefined, `no sandbox can be made here: ${reason}`),
    full: onlyIf((reason ?? withoutNamespaces) === undefined, `no name spaces here: ${reason ?? withoutNamespaces}`),
  };
}
