import { closeSync, constants, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, join, parse } from 'node:path';
import { interpreterVariables } from '../../lifecycle/process-variables.ts';
import { cureOfExhaustion } from '../../lifecycle/system-exhaustion.ts';
import { runBuilder } from '../build/builder-process.ts';
import { type Answers, keepAnswers, readAnswers } from '../build/kept-answers.ts';

/** How interpreters of one language are asked who they are. */
export interface InterpreterQuestion<Answer> {
  /** What has one print its answer. */
  readonly args: readonly string[];
  /** `null`: it is no such interpreter. */
  parse(output: string): Answer | null;
  /** What its binaries are called: anything else is a shim, which stands for one. */
  readonly ownName: RegExp;
  /** What decides for which one a shim stands: the times of files, by their paths, and variables. */
  settings(variables: NodeJS.ProcessEnv): { readonly files: readonly string[]; readonly names: readonly string[] };
}

const PATIENCE = 10_000;

/**
 * Asks interpreters who they are, each once: answers are kept in a file, by real path, time and size of the interpreter's, so
 * that the next start costs no process. `null` is an answer too: it does not run.
 */
export class InterpreterQuestions<Answer> {
  readonly #question: InterpreterQuestion<Answer>;
  readonly #file: string;
  readonly #variables: NodeJS.ProcessEnv;
  #answers: Answers<Answer | null> | undefined;
  #changed = false;

  /** @param file that keeps the answers */
  constructor(question: InterpreterQuestion<Answer>, file: string, variables: NodeJS.ProcessEnv) {
    this.#question = question;
    this.#file = file;
    this.#variables = variables;
  }

  async ask(path: string, signal: AbortSignal): Promise<Answer | null> {
    const answers = (this.#answers ??= readAnswers(this.#file));
    const identified = this.#identify(path, answers);
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
  #identify(path: string, known: Answers<unknown>): { run: string; key: string } | undefined {
    try {
      const real = realpathSync.native(path);
      const { size, mtimeMs } = statSync(real);
      if (size === 0) return undefined;
      const edition = `${mtimeMs}|${size}`;
      const asBinary = { run: real, key: `${real}|${edition}` };
      if (asBinary.key in known) return asBinary;
      const isShim = !this.#question.ownName.test(basename(real)) || isScript(real);
      return isShim ? { run: path, key: `${path}|${edition}|${this.#shimSettings()}` } : asBinary;
    } catch (error) {
      if (cureOfExhaustion(error) !== undefined) throw error;
      return undefined;
    }
  }

  #shimSettings(): string {
    const { files, names } = this.#question.settings(this.#variables);
    const times = files.map((file) => timeOf(file));
    return [...times, ...names.map((name) => this.#variables[name] ?? '-')].join(' ');
  }

  /** Undefined when it could not be asked today. */
  async #put(executable: string, signal: AbortSignal): Promise<Answer | null | undefined> {
    // run at the root, so that no project's version file decides what a shim stands for
    const result = await runBuilder({
      file: executable,
      args: this.#question.args,
      cwd: parse(executable).root,
      variables: interpreterVariables(this.#variables),
      signal,
      limit: PATIENCE,
    });
    if (!result.isFinal) return undefined;
    return result.exitCode === 0 ? this.#question.parse(result.stdout) : null;
  }
}

/** Where tools for several languages note which version a shim stands for. */
export function sharedSettings(home: string): string[] {
  return [join(home, '.tool-versions'), join(home, '.config', 'mise', 'config.toml')];
}

/** `-`: there is none, or it can't be looked at. */
function timeOf(file: string): string {
  try {
    return String(statSync(file).mtimeMs);
  } catch {
    return '-';
  }
}

function isScript(path: string): boolean {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const start = Buffer.alloc(2);
    return readSync(file, start) === 2 && start.toString('latin1') === '#!';
  } finally {
    closeSync(file);
  }
}
