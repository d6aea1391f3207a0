import { open, realpath, stat } from 'node:fs/promises';
import { basename, join, parse } from 'node:path';
import { interpreterVariables } from '../../lifecycle/process-variables.ts';
import { cureOfExhaustion } from '../../lifecycle/system-exhaustion.ts';
import { runBuilder } from '../build/builder-process.ts';
import { type Answers, keepAnswers, readAnswers } from '../build/kept-answers.ts';
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
const PATIENCE = 10_000;

/**
 * Asks interpreters who they are, each once: answers are kept in the state folder, by real path, time and size of the
 * file, so that the next start costs no process. `null` is an answer too: it does not run.
 */
export class PythonQuestions {
  readonly #file: string;
  readonly #variables: NodeJS.ProcessEnv;
  #answers: Answers<PythonAnswer | null> | undefined;
  #changed = false;

  constructor(state: StateFolder, variables: NodeJS.ProcessEnv) {
    this.#file = join(state.answers, 'pythons.json');
    this.#variables = variables;
  }

  async ask(path: string, signal: AbortSignal): Promise<PythonAnswer | null> {
    const answers = (this.#answers ??= readAnswers(this.#file));
    const identified = await this.#identify(path);
    if (identified === undefined) return null;
    const known = answers[identified.key];
    if (known !== undefined) return known;
    const answer = await this.#put(identified.run, signal);
    if (answer === undefined) return null;
    answers[identified.key] = answer;
    this.#changed = true;
    return answer;
  }

  save(): void {
    if (this.#changed && this.#answers !== undefined) keepAnswers(this.#file, this.#answers);
    this.#changed = false;
  }

  /** A shim is run by its own name, and what it answers depends on its tool's settings; a binary is run by its real path. */
  async #identify(path: string): Promise<{ run: string; key: string } | undefined> {
    try {
      const real = await realpath(path);
      const { size, mtimeMs } = await stat(real);
      if (size === 0) return undefined;
      const shim = !/^(python|pypy)/i.test(basename(real)) || (await isScript(real));
      const run = shim ? path : real;
      return { run, key: `${run}|${mtimeMs}|${size}${shim ? `|${await this.#shimSettings()}` : ''}` };
    } catch (error) {
      if (cureOfExhaustion(error) !== undefined) throw error;
      return undefined;
    }
  }

  async #shimSettings(): Promise<string> {
    const home = this.#variables['HOME'] ?? '';
    const files = [
      join(this.#variables['PYENV_ROOT'] ?? join(home, '.pyenv'), 'version'),
      join(home, '.tool-versions'),
      join(home, '.config', 'mise', 'config.toml'),
    ];
    const times = await Promise.all(
      files.map(
        async (file) =>
          await stat(file).then(
            ({ mtimeMs }) => String(mtimeMs),
            () => '-',
          ),
      ),
    );
    return [
      ...times,
      ...['PYENV_VERSION', 'MISE_PYTHON_VERSION', 'ASDF_PYTHON_VERSION'].map((name) => this.#variables[name] ?? '-'),
    ].join(' ');
  }

  /** Undefined when it could not be asked today. */
  async #put(executable: string, signal: AbortSignal): Promise<PythonAnswer | null | undefined> {
    // run at the root, so that no project's version file decides what a shim stands for
    const result = await runBuilder({
      file: executable,
      args: ['-I', '-S', '-c', QUESTION],
      cwd: parse(executable).root,
      variables: interpreterVariables(this.#variables),
      signal,
      limit: PATIENCE,
    });
    if (!result.isFinal) return undefined;
    return result.exitCode === 0 ? parseAnswer(result.stdout) : null;
  }
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

async function isScript(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.toString('latin1') === '#!';
  } finally {
    await file.close();
  }
}
