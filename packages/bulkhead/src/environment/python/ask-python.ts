import { join } from 'node:path';
import {
  type InterpreterQuestion,
  InterpreterQuestions,
  sharedSettings,
} from '../interpreters/interpreter-questions.ts';
import type { StateFolder } from '../state-folder.ts';

/** What an interpreter says of itself. */
export interface PythonAnswer {
  /** Such as `3.11.7`, without what marks a pre-release. */
  readonly version: string;
  readonly stable: boolean;
  readonly implementation: string;
  /** The real binary of the base interpreter. */
  readonly executable: string;
  /** `t` for a free-threaded build. */
  readonly abiFlags: string;
  /** Date and compiler, which tell two builds of one version apart. */
  readonly build: string;
  /** Such as `x86_64`: what `platform.machine()` says. */
  readonly machine: string;
  /** Whether `python -m venv` can work; Debian packs that part separately. */
  readonly ensurepip: boolean;
}

/** Runs without `site` and imports nothing that is not loaded anyway: 10 ms. A virtual environment's copy answers for its base. */
const QUESTION = `
import sys, os
exists, join, up = os.path.exists, os.path.join, os.path.dirname
own = getattr(sys, "_base_executable", "") or sys.executable
base = join(sys.base_prefix, "bin", "python%d.%d" % sys.version_info[:2])
if exists(join(up(up(own)), "pyvenv.cfg")) and exists(base):
    own = base
print("%d.%d.%d" % sys.version_info[:3])
print(sys.version_info[3])
print(sys.implementation.name)
print(os.path.realpath(own))
print(getattr(sys, "abiflags", ""))
print(" ".join(sys.version.split()))
print(os.uname().machine if hasattr(os, "uname") else os.environ.get("PROCESSOR_ARCHITECTURE", ""))
print(exists(join(up(os.__file__), "ensurepip", "__init__.py")))
`;

const ABOUT_PYTHON: InterpreterQuestion<PythonAnswer> = {
  args: ['-I', '-S', '-c', QUESTION],
  parse: parseAnswer,
  ownName: /^(python|pypy)/i,
  settings: (variables) => {
    const home = variables['HOME'] ?? '';
    return {
      files: [join(variables['PYENV_ROOT'] ?? join(home, '.pyenv'), 'version'), ...sharedSettings(home)],
      names: ['PYENV_VERSION', 'MISE_PYTHON_VERSION', 'ASDF_PYTHON_VERSION'],
    };
  },
};

/** The answers of Pythons, which are kept in the state folder. */
export function pythonQuestions(state: StateFolder, variables: NodeJS.ProcessEnv): InterpreterQuestions<PythonAnswer> {
  return new InterpreterQuestions(ABOUT_PYTHON, join(state.answers, 'pythons.json'), variables);
}

function parseAnswer(text: string): PythonAnswer | null {
  const [version, level, implementation, executable, abiFlags, build, machine, ensurepip] = text.split(/\r?\n/);
  if (
    version === undefined ||
    implementation === undefined ||
    executable === undefined ||
    !/^\d+\.\d+\.\d+$/.test(version)
  )
    return null;
  return {
    version,
    stable: level === 'final',
    implementation,
    executable,
    abiFlags: abiFlags ?? '',
    build: build ?? '',
    machine: machine ?? '',
    ensurepip: ensurepip === 'True',
  };
}
