import { join } from 'node:path';
import type { PythonInterpreter } from '../ready-environment.ts';
import type { StateFolder } from '../state-folder.ts';
import { askAll } from '../interpreters/ask-all.ts';
import { KeptNames } from '../interpreters/kept-names.ts';
import { type PythonAnswer, pythonQuestions } from './ask-python.ts';
import { lookForPythons, PYTHON_NAME, type PythonCandidate, type PythonStanding } from './python-places.ts';

/** A Python that runs. */
export interface DiscoveredPython extends PythonInterpreter, PythonAnswer {
  readonly standing: PythonStanding;
}

export interface Discovery {
  readonly pythons: readonly DiscoveredPython[];
  /** Executables that look like a Python and don't run as one. */
  readonly broken: readonly string[];
  readonly searched: readonly string[];
}

const STANDINGS: readonly PythonStanding[] = ['active', 'default', 'kept'];

/** Finds every Python on this machine. Only executables that were never seen before cost a process. */
export async function discoverPythons(
  state: StateFolder,
  variables: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Discovery> {
  const names = new KeptNames(join(state.answers, 'python-names.json'), PYTHON_NAME);
  const { candidates, searched } = lookForPythons(variables, names);
  names.save();
  const answers = await askAll(candidates, pythonQuestions(state, variables), signal);
  const broken = candidates.filter((candidate) => answers.get(candidate) === null).map(({ path }) => path);
  return { pythons: joinByExecutable(candidates, answers), broken, searched };
}

/** One Python is often found in several places: its best standing counts, and the most telling origin, which is not `PATH`. */
function joinByExecutable(
  candidates: readonly PythonCandidate[],
  answers: ReadonlyMap<PythonCandidate, PythonAnswer | null>,
): DiscoveredPython[] {
  const joined = new Map<string, DiscoveredPython>();
  for (const candidate of candidates) {
    const answer = answers.get(candidate);
    if (answer === undefined || answer === null) continue;
    const known = joined.get(answer.executable);
    const standing = STANDINGS.find((each) => each === known?.standing || each === candidate.standing) ?? 'kept';
    const origin = known === undefined || isVague(known.origin) ? candidate.origin : known.origin;
    joined.set(answer.executable, { ...answer, origin, standing });
  }
  return [...joined.values()];
}

function isVague(origin: string): boolean {
  return origin === 'PATH' || origin === 'the active environment';
}
