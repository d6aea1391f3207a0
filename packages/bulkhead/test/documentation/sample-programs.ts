import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Sample } from './markdown.ts';
import type { PageProject } from './page-project.ts';
import { REPOSITORY } from './repository.ts';

/** A TypeScript sample as a reader has it who follows the page. */
export interface SampleProgram {
  readonly page: string;
  /** Those that it continues, and itself as the last. */
  readonly parts: readonly Sample[];
  readonly text: string;
  readonly file: string;
}

/** What `tsc --init` writes, with Node's types: nothing but types is taken from a sample, so it must run on the oldest Node as it is. */
const COMPILER_OPTIONS =
  '--ignoreConfig --target esnext --types node --strict --skipLibCheck --noUncheckedIndexedAccess --exactOptionalPropertyTypes \
--noUncheckedSideEffectImports --verbatimModuleSyntax --isolatedModules --moduleDetection force --jsx react-jsx'.split(
    ' ',
  );
const FOR_NODE = ['--module', 'nodenext', '--rewriteRelativeImportExtensions'];
const FOR_BUNDLER = ['--module', 'esnext', '--moduleResolution', 'bundler', '--allowImportingTsExtensions', '--noEmit'];
const COMPILER = join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc');
const MISTAKE = /^(\S.*?)\((\d+),(\d+)\): (.*(?:\n\s.*)*)$/gm;

/** The TypeScript samples of all pages, compiled together: a compiler takes longer to start than to compile one of them. */
export class SamplePrograms {
  readonly #programs = new Map<Sample, SampleProgram>();
  #together: Promise<ReadonlyMap<SampleProgram, string>> | undefined;

  /** Writes those of a page into its project. */
  async add(page: string, project: PageProject, samples: readonly Sample[]): Promise<void> {
    let parts: readonly Sample[] = [];
    for (const sample of samples.filter(({ language }) => language === 'ts')) {
      parts = sample.words.has('continues') ? [...parts, sample] : [sample];
      const text = parts.map((part) => part.text).join('');
      const path = join(sample.words.get('in') ?? '', sample.words.get('file') ?? `sample-${sample.line}.ts`);
      this.#programs.set(sample, { page, parts, text, file: await project.write(path, text) });
    }
  }

  /** The program of a sample, with its JavaScript beside it. @throws Error with the compiler's words, at lines of the page */
  async compiled(sample: Sample): Promise<SampleProgram> {
    const program = this.#programs.get(sample);
    if (program === undefined) throw new Error(`the sample of line ${sample.line} was not added`);
    this.#together ??= compile([...this.#programs.values()].filter((each) => !isAhead(each)));
    const together = await this.#together;
    const mistakes = together.get(program) ?? (await compile([program])).get(program);
    if (mistakes !== '') throw new Error(mistakes);
    return program;
  }
}

/** Whether it imports what lies beside it only after commands of the page have made it. */
function isAhead({ text, file }: SampleProgram): boolean {
  const imports = [...text.matchAll(/\bfrom '(\.[^']*)'/g)];
  return imports.some(([, path = '']) => !existsSync(resolve(dirname(file), path)));
}

/**
 * For a bundler, and for Node, which leaves JavaScript.
 *
 * @returns what is wrong with each; empty where nothing is
 * @throws Error when the compiler complains about something else
 */
async function compile(programs: readonly SampleProgram[]): Promise<ReadonlyMap<SampleProgram, string>> {
  const byFile = new Map(programs.map((program) => [program.file, program]));
  const mistakes = new Map(programs.map((program) => [program, '']));
  for (const settings of [FOR_BUNDLER, FOR_NODE]) {
    const said = await compilerSays([...COMPILER_OPTIONS, ...settings, ...byFile.keys()]);
    const elsewhere = said.replaceAll(MISTAKE, (whole, path: string, line: string, column: string, what: string) => {
      const program = byFile.get(resolve(REPOSITORY, path));
      if (program === undefined) return whole;
      const mistake = `${program.page}:${lineOnPage(program, Number(line))}:${column}: ${what} (${settings.join(' ')})\n`;
      mistakes.set(program, `${mistakes.get(program) ?? ''}${mistake}`);
      return '';
    });
    if (elsewhere.trim() !== '') throw new Error(elsewhere);
  }
  return mistakes;
}

/** Nothing, when all is well. */
async function compilerSays(parameters: readonly string[]): Promise<string> {
  const options = { cwd: REPOSITORY, maxBuffer: 50_000_000 };
  return await promisify(execFile)(process.execPath, [COMPILER, ...parameters], options).then(
    ({ stdout }) => stdout,
    ({ stdout, message }: { stdout: string; message: string }) => stdout || message,
  );
}

/** @param line of the program, 1-based */
function lineOnPage({ parts }: SampleProgram, line: number): number {
  let left = line;
  for (const { text, line: fence } of parts) {
    const lines = text.split('\n').length - 1;
    if (left <= lines) return fence + left;
    left -= lines;
  }
  return parts.at(-1)?.line ?? 0; // at the end of the file
}
