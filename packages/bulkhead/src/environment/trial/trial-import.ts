import { type OwnVariables, pluginVariables } from '../../lifecycle/process-variables.ts';
import { BUILD_MARK } from '../build/builder-variables.ts';
import { runBuilder } from '../build/builder-process.ts';
import { environmentPython } from '../build/environment-record.ts';
import { importableModules } from './importable-modules.ts';
import type { InstalledPackage } from './installed-packages.ts';
import { requirementsOfPlugin } from './requirements-of-plugin.ts';
import type { ProgressReporter } from '../build/progress-reporter.ts';

/** A module that could not be imported, and why. */
export interface ImportFailure {
  readonly module: string;
  /** Name of the distribution that the module belongs to. */
  readonly distribution: string;
  /** Last line of the traceback, such as `ValueError: numpy.dtype size changed, …`. */
  readonly reason: string;
  /** Files of the traceback, outermost first. */
  readonly files: readonly string[];
  readonly output: string;
}

export interface Trial {
  readonly prefix: string;
  /** The plugin's, which is current at run time, too. */
  readonly folder: string;
  readonly packages: readonly InstalledPackage[];
  /** Distributions that were asked for; those they need in turn are imported by them. */
  readonly direct: readonly string[];
  readonly hostVariables: NodeJS.ProcessEnv;
  readonly pluginVariables: OwnVariables;
  readonly signal: AbortSignal;
}

/**
 * One process for all modules, with the variables and the folder that the plugin has, but without its modules: packages run
 * their code here for the first time. Each is announced before it is imported, so that one that crashes the interpreter is known.
 * What modules print goes elsewhere than what this says.
 */
const SCRIPT = `
import importlib, os, sys
if sys.path[0] == "":
    del sys.path[0]
out = os.fdopen(os.dup(1), "w", 1)
os.dup2(2, 1)
for name in sys.argv[1:]:
    out.write("\\x1eimport " + name + "\\n")
    try:
        importlib.import_module(name)
    except BaseException as error:
        import traceback
        for frame in traceback.extract_tb(error.__traceback__):
            out.write("\\x1efile " + frame.filename + "\\n")
        last = "".join(traceback.format_exception_only(type(error), error)).strip().split("\\n")
        out.write("\\x1efailed " + " ".join(part.strip() for part in last) + "\\n")
        traceback.print_exc()
        sys.stderr.flush()
        out.flush()
        os._exit(1)
out.write("\\x1edone\\n")
out.flush()
sys.stderr.flush()
os._exit(0)
`;
const PATIENCE = 300_000;

/** Imports the packages that the plugin asks for. Undefined if all can be imported, or there are none. */
export async function tryImports(trial: Trial, reporter: ProgressReporter): Promise<ImportFailure | undefined> {
  const direct = new Set([...trial.direct, ...(await requirementsOfPlugin(trial.packages, trial.folder))]);
  const wanted = trial.packages.filter(({ name }) => direct.has(name));
  const modules = new Map<string, string>();
  for (const distribution of wanted)
    for (const module of await importableModules(distribution)) modules.set(module, distribution.name);
  if (modules.size === 0) return undefined;
  reporter.tell('trying', `importing ${[...modules.keys()].join(', ')}`);
  const result = await runBuilder({
    file: environmentPython(trial.prefix),
    args: ['-c', SCRIPT, ...modules.keys()],
    cwd: trial.folder,
    variables: {
      ...pluginVariables(trial.hostVariables, trial.pluginVariables, trial.prefix),
      [BUILD_MARK]: trial.prefix,
    },
    signal: trial.signal,
    limit: PATIENCE,
  });
  const said = result.stdout.split('\n').flatMap((line) => (line.startsWith('\x1e') ? [line.slice(1)] : []));
  if (said.at(-1) === 'done') return undefined;
  const module =
    said.findLast((line) => line.startsWith('import '))?.slice('import '.length) ?? [...modules.keys()][0] ?? '';
  const ending = result.tookTooLong
    ? `it was not finished after ${PATIENCE / 1000} s`
    : `the interpreter ended by ${result.endedBy ?? `exit status ${result.exitCode ?? 'unknown'}`}`;
  return {
    module,
    distribution: modules.get(module) ?? module,
    reason: said.findLast((line) => line.startsWith('failed '))?.slice('failed '.length) ?? ending,
    files: said.filter((line) => line.startsWith('file ')).map((line) => line.slice('file '.length)),
    output: result.stderr,
  };
}
