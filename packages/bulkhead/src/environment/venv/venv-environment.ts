import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { buildFailed } from '../build/build-failed.ts';
import type { BuildContext, BuildPlan } from '../build/build-environment.ts';
import { BUILD_MARK, builderVariables, withoutCache } from '../build/builder-variables.ts';
import { type BuilderResult, runBuilder } from '../build/builder-process.ts';
import { pipFingerprint } from '../requirements/configured-index.ts';
import { interpreterOf, pythonIdentity } from '../environment-options.ts';
import { environmentPython } from '../build/environment-record.ts';
import type { BuildFolders } from '../build/build-folders.ts';
import type { PackageHashes } from '../dependency-files/read-requirements-files.ts';
import type { DeclaredProject } from '../requirements/declared-project.ts';
import { isProblem } from '../../requirements/problem.ts';
import { parseRequirement } from '../../requirements/requirement.ts';
import { atPlace, dependsOnPlace } from '../requirements/depends-on-place.ts';
import type { DiscoveredPython } from '../python/python-discovery.ts';
import { PythonContents } from '../python/python-contents.ts';
import type { PythonRuntime } from '../ready-environment.ts';
import { pythonForPlugin } from '../python/python-for-plugin.ts';
import { pipError } from '../build/resolver-diagnosis.ts';
import { projectToBuild } from '../requirements/shared-project.ts';
import { excludeNewer } from '../uv/uv-project.ts';
import { tellPipLine } from '../uv/uv-progress.ts';
import { type WantedPackages, wantedPackages } from '../requirements/wanted-packages.ts';

/** The first pip that can install into another environment than its own. */
const PIP_FOR_OTHERS = 22.3;
/** The first pip that knows `--uploaded-prior-to`. */
const PIP_WITH_DATES = 26;
const PIP = ['-I', '-m', 'pip', '--no-input', '--disable-pip-version-check', '--no-color'];

/**
 * Plans environments that Python's own `venv` and pip make, for machines where uv may not be used. `[tool.uv]` and `uv.lock`
 * say nothing to them.
 */
export async function planWithVenv(context: BuildContext): Promise<BuildPlan<PythonRuntime>> {
  const { variables } = context;
  const { spec, declared } = await projectToBuild(context.spec, context.looks);
  const wanted = wantedPackages(spec, declared);
  const { python } = await pythonForPlugin(spec, declared.requiresPython, context);
  return {
    contents: new PythonContents(
      {
        python: interpreterOf(python),
        direct: wanted.direct,
        pinned: wanted.pinned,
        released: async () => new Map(),
      },
      { ...context, spec },
    ),
    inputs: {
      builder: 'venv',
      ...pythonIdentity(python),
      requirements: wanted.normalised,
      lock: undefined,
      settings: {
        ...ofRequirementsFiles(declared),
        ...(declared.own?.isPackage === true ? { extras: spec.environment.extras } : {}),
      },
      index: await pipFingerprint(variables),
      folder: dependsOnPlace(declared, wanted.texts, undefined) ? spec.folder : undefined,
      asOf: spec.environment.asOf,
    },
    build: async (folders, _, isFresh) => {
      const own = { ...(isFresh ? withoutCache(context) : context), spec };
      return await new VenvBuild(own, python, folders).build(wanted, declared);
    },
  };
}

/** What pip learns from requirements files besides requirements. */
function ofRequirementsFiles({ constraints, hashes }: DeclaredProject): Readonly<Record<string, unknown>> {
  return { ...(constraints.length === 0 ? {} : { constraints }), ...(hashes === undefined ? {} : { hashes }) };
}

/** As a line of a requirements file. */
function withHashes(text: string, hashes: PackageHashes): string {
  const parsed = parseRequirement(text);
  const own = isProblem(parsed) ? [] : (hashes[parsed.name] ?? []);
  return [text, ...own.map((hash) => `--hash=${hash}`)].join(' ');
}

/** One build: the environment first, then what goes into it. */
class VenvBuild {
  readonly #context: BuildContext;
  readonly #python: DiscoveredPython;
  readonly #prefix: string;
  readonly #workshop: string;

  constructor(context: BuildContext, python: DiscoveredPython, { prefix, workshop }: BuildFolders) {
    this.#context = context;
    this.#python = python;
    this.#prefix = prefix;
    this.#workshop = workshop;
  }

  async build({ texts, unnamed }: WantedPackages, { own, constraints, hashes }: DeclaredProject): Promise<string> {
    const { spec, reporter } = this.#context;
    reporter.tell('installing', `making a virtual environment of Python ${this.#python.version}`);
    const made = await this.#run(this.#python.executable, ['-I', '-m', 'venv', '--without-pip', this.#prefix]);
    if (made.exitCode !== 0) throw this.#cannot('make virtual environments', made);
    const project = own?.isPackage === true ? ['--editable', this.#withExtras()] : [];
    if (texts.length + unnamed.length + project.length > 0) {
      const pip = await this.#obtainPip();
      const file = join(this.#workshop, 'requirements.txt');
      const placed = texts.map((text) => atPlace(text, spec.folder));
      const lines = hashes === undefined ? placed : placed.map((text) => withHashes(text, hashes));
      await writeFile(file, `${[...lines, ...unnamed].join('\n')}\n`, { mode: 0o600 });
      const limits = join(this.#workshop, 'constraints.txt');
      if (constraints.length > 0) await writeFile(limits, `${constraints.join('\n')}\n`, { mode: 0o600 });
      reporter.tell('resolving', `resolving ${texts.join(', ')}`);
      const dates =
        spec.environment.asOf === undefined ? [] : ['--uploaded-prior-to', excludeNewer(spec.environment.asOf)];
      const result = await this.#run(pip.file, [
        ...pip.args,
        'install',
        '--no-compile',
        '--progress-bar',
        'off',
        ...dates,
        ...(constraints.length > 0 ? ['-c', limits] : []),
        ...(hashes === undefined ? [] : ['--require-hashes']),
        ...project,
        '-r',
        file,
      ]);
      if (result.exitCode !== 0)
        throw pipError({
          plugin: spec.id,
          output: result.output,
          python: this.#python.version,
          editable: own?.isPackage === true ? spec.folder : undefined,
        });
    }
    return `venv ${this.#python.version}`;
  }

  #withExtras(): string {
    const { folder, environment } = this.#context.spec;
    return environment.extras.length === 0 ? folder : `${folder}[${environment.extras.join(',')}]`;
  }

  /** The base Python's own pip, where there is one that is new enough: to unpack another into each environment takes seconds. */
  async #obtainPip(): Promise<{ file: string; args: readonly string[] }> {
    const { spec } = this.#context;
    const needed = spec.environment.asOf === undefined ? PIP_FOR_OTHERS : PIP_WITH_DATES;
    const inside = environmentPython(this.#prefix);
    if ((await this.#pipVersion(this.#python.executable)) >= needed)
      return { file: this.#python.executable, args: [...PIP, '--python', inside] };
    const unpacked = await this.#run(inside, ['-I', '-m', 'ensurepip']);
    if (unpacked.exitCode !== 0) throw this.#cannot('bring pip into a virtual environment', unpacked);
    if (spec.environment.asOf !== undefined) await this.#renewPip(spec, inside);
    return { file: inside, args: PIP };
  }

  async #renewPip(spec: PluginSpec, inside: string): Promise<void> {
    this.#context.reporter.tell('installing', `installing pip ${PIP_WITH_DATES} or newer, which as_of needs`);
    const renewed = await this.#run(inside, [...PIP, 'install', '--progress-bar', 'off', `pip>=${PIP_WITH_DATES}`]);
    const version = await this.#pipVersion(inside);
    if (version >= PIP_WITH_DATES) return;
    const reason = `as_of needs pip ${PIP_WITH_DATES} or newer, and here is pip ${version}; use \`environment: uv\``;
    throw new BulkheadError(
      'ENVIRONMENT_BUILD_FAILED',
      { plugin: spec.id, reason },
      { cause: new Error(renewed.output.trim()) },
    );
  }

  /** Such as 22.3; 0 when it has none. */
  async #pipVersion(python: string): Promise<number> {
    const { stdout } = await this.#run(python, ['-I', '-m', 'pip', '--version']);
    return Number.parseFloat(/^pip (\d+\.\d+)/.exec(stdout)?.[1] ?? '0');
  }

  async #run(file: string, args: readonly string[]): Promise<BuilderResult> {
    const { variables, reporter, signal } = this.#context;
    return await runBuilder({
      file,
      args,
      cwd: this.#workshop,
      signal,
      variables: builderVariables(variables, { [BUILD_MARK]: this.#prefix }),
      onLine: (line) => tellPipLine(line, reporter),
    });
  }

  #cannot(what: string, run: BuilderResult): BulkheadError {
    const hint = this.#python.ensurepip
      ? ''
      : ', because it was installed without ensurepip (on Debian and Ubuntu: the package python3-venv)';
    const reason = `${this.#python.executable} can't ${what}${hint}`;
    return buildFailed(this.#context.spec.id, reason, run.output, { cause: new Error(run.output.trim()) });
  }
}
