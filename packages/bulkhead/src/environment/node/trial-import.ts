import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../lifecycle/is-record.ts';
import { nodePluginVariables } from '../../lifecycle/process-variables.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { runBuilder } from '../build/builder-process.ts';
import { BUILD_MARK } from '../build/builder-variables.ts';
import type { ProgressReporter } from '../build/progress-reporter.ts';
import type { NodeInterpreter } from '../ready-environment.ts';
import { packageFields } from './package-fields.ts';

/** A package that could not be imported, and why. */
export interface NodeImportFailure {
  readonly module: string;
  /** Such as `Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'x'`. */
  readonly reason: string;
  /** Files of the stack, innermost first. */
  readonly files: readonly string[];
  readonly output: string;
}

export interface NodeTrial {
  readonly prefix: string;
  readonly spec: PluginSpec;
  readonly node: NodeInterpreter;
  /** Packages that the plugin asks for, and that are there. */
  readonly direct: readonly string[];
  readonly hostVariables: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * One process for all packages, with the variables and the folder that the plugin has, but without its modules. It begins in the
 * environment, because Node looks there for what such a script imports, and then moves. `import` takes
 * packages of either kind. Each is announced before it is imported, so that one that ends the process is known. What packages
 * print goes elsewhere than what this says.
 */
const SCRIPT = `
import { writeSync } from "node:fs";
const say = (text) => writeSync(1, "\\x1e" + String(text).replace(/[\\r\\n]+/g, " ") + "\\n");
process.stdout.write = process.stderr.write.bind(process.stderr);
const end = process.exit.bind(process);
const [folder, ...names] = process.argv.slice(1);
process.chdir(folder);
for (const name of names) {
  say("import " + name);
  try {
    await import(name);
  } catch (error) {
    const stack = error instanceof Error ? String(error.stack) : "";
    for (const [, file] of stack.matchAll(/(?:file:\\/\\/)?(\\/[^\\s():]+):\\d+/g)) say("file " + file);
    const code = typeof error?.code === "string" ? " [" + error.code + "]" : "";
    say("failed " + (error instanceof Error ? error.name + (error.name.includes("[") ? "" : code) + ": " + error.message : error));
    console.error(error);
    end(1);
  }
}
say("done");
end(0);
`;
const PATIENCE = 300_000;

/** Imports the packages that the plugin asks for. Undefined if all can be imported, or there are none. */
export async function tryNodeImports(
  trial: NodeTrial,
  reporter: ProgressReporter,
): Promise<NodeImportFailure | undefined> {
  const { prefix, spec, node, direct, hostVariables, signal } = trial;
  const modules: string[] = [];
  for (const name of direct) if (await isImportable(join(prefix, 'node_modules', name), name)) modules.push(name);
  if (modules.length === 0) return undefined;
  reporter.tell('trying', `importing ${modules.join(', ')}`);
  const result = await runBuilder({
    file: node.executable,
    args: ['--input-type=module', '-e', SCRIPT, spec.folder, ...modules],
    cwd: prefix,
    variables: { ...nodePluginVariables(hostVariables, spec.launch, prefix), [BUILD_MARK]: prefix },
    signal,
    limit: PATIENCE,
  });
  const said = result.stdout.split('\n').flatMap((line) => (line.startsWith('\x1e') ? [line.slice(1)] : []));
  if (said.at(-1) === 'done') return undefined;
  const ending = result.tookTooLong
    ? `it was not finished after ${PATIENCE / 1000} s`
    : `it ended the process, by ${result.endedBy ?? `exit status ${result.exitCode ?? 'unknown'}`}`;
  return {
    module: said.findLast((line) => line.startsWith('import '))?.slice('import '.length) ?? modules[0] ?? '',
    reason: said.findLast((line) => line.startsWith('failed '))?.slice('failed '.length) ?? ending,
    files: said.filter((line) => line.startsWith('file ')).map((line) => line.slice('file '.length)),
    output: result.stderr,
  };
}

/** Whether a package means to be imported by its name: others hold types, styles or programs. */
async function isImportable(folder: string, name: string): Promise<boolean> {
  if (name.startsWith('@types/')) return false;
  const { exports, main } = await packageFields(folder);
  if (exports !== undefined && exports !== null) return isExported(exports);
  const file = typeof main === 'string' && main !== '' ? main : 'index.js';
  const spellings = [file, `${file}.js`, `${file}.json`, `${file}.node`, join(file, 'index.js'), 'index.js'];
  return spellings.some((spelling) => /\.(?:[cm]?js|json|node)$/.test(spelling) && existsSync(join(folder, spelling)));
}

/** Whether Node's `import` of the package itself has a target. */
function isExported(exports: unknown): boolean {
  if (typeof exports === 'string') return /\.(?:[cm]?js|json|node|wasm)$/.test(exports);
  if (Array.isArray(exports)) return exports.some(isExported);
  if (!isRecord(exports)) return false;
  if (Object.keys(exports).some((key) => key.startsWith('.'))) return isExported(exports['.']);
  return Object.entries(exports).some(([condition, target]) => CONDITIONS.has(condition) && isExported(target));
}

const CONDITIONS = new Set(['node', 'import', 'module-sync', 'node-addons', 'default', 'require']);
