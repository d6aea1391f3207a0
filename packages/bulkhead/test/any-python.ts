import type { PythonInterpreter } from '../src/environment/ready-environment.ts';
import { discoverPythons } from '../src/environment/python/python-discovery.ts';
import { StateFolder } from '../src/environment/state-folder.ts';
import { TEST_HOME } from './test-home.ts';

/** Finds a Python of this machine that the SDK supports. */
export async function anyPython(): Promise<PythonInterpreter> {
  const state = new StateFolder(TEST_HOME);
  state.ensure();
  const { pythons } = await discoverPythons(state, process.env, new AbortController().signal);
  const python = pythons.find(
    ({ version, implementation }) => implementation === 'cpython' && /^3\.(9|1\d)\./.test(version),
  );
  if (python === undefined) throw new Error('the tests need a Python from 3.9 on');
  return python;
}
