import { StateFolder } from '../../environment/state-folder.ts';
import { pythonSdkFolder } from '../../languages/python/sdk-folder.ts';
import { type SandboxSurvey, surveySandbox } from '../../languages/python/survey-sandbox.ts';
import { runningProcesses } from '../../manager/running-processes.ts';
import type { PoolSpec } from '../../registry/plugin-spec.ts';
import { registryOrExpected } from '../files/find-registry.ts';
import { jsonText } from '../../views/json-text.ts';
import { runtimeText } from '../../views/runtime-text.ts';
import { registeredPluginView, sandboxWord } from '../../views/plugin-view.ts';
import { isProcessOf, processView } from '../../views/process-view.ts';
import { PROCESS_HEAD, processRow } from '../output/list-processes.ts';
import { type PluginSummary, summarisePlugins } from '../../manager/registered-plugins.ts';
import { type Cell, table } from '../output/table.ts';
import type { Output, Terminal } from '../output/terminal.ts';

export interface ListOptions {
  readonly registry?: string;
}

/** `bulkhead list`: shows the plugins of the registry, and which environments are ready. */
export async function listCommand(options: ListOptions, { out, json }: Terminal): Promise<number> {
  const registry = registryOrExpected(options.registry);
  const sandbox = new SandboxLook();
  const [plugins, running] = await Promise.all([
    summarisePlugins(registry, new AbortController().signal, (plugin) => sandbox.beginFor(plugin)),
    runningProcesses(StateFolder.of(process.env)),
  ]);
  const survey = await sandbox.survey;
  if (json) {
    const objects = plugins.map((plugin) => ({
      ...registeredPluginView(plugin, survey),
      running: running.filter((each) => isProcessOf(each, plugin)).map(processView),
    }));
    out.write(`${jsonText({ registry, plugins: objects }, { pretty: out.isTerminal, columns: out.columns })}\n`);
  } else if (plugins.length === 0) out.write('There are no plugins in the registry. `bulkhead new NAME` writes one.\n');
  else {
    out.write(table([HEAD, ...plugins.map((plugin) => row(plugin, survey, out))]));
    const theirs = plugins.flatMap((plugin) => running.filter((each) => isProcessOf(each, plugin)));
    if (theirs.length > 0) out.write(`\n${table([PROCESS_HEAD, ...theirs.map((each) => processRow(each, out))])}`);
  }
  return 0;
}

const HEAD = ['PLUGIN', 'VERSION', 'ISOLATION', 'SANDBOX', 'INSTANCES', 'ENVIRONMENT', 'RUNTIME', 'AGE', 'STATE'];

/** Asks the machine only if a plugin depends on the answer, by a Python that is there, and while the others are looked at. */
class SandboxLook {
  survey: Promise<SandboxSurvey | undefined> = Promise.resolve(undefined);
  #hasBegun = false;

  beginFor({ spec, environment }: PluginSummary): void {
    const python = environment?.runtime.python;
    if (this.#hasBegun || spec?.launch.confined !== true || python === undefined) return;
    this.#hasBegun = true;
    this.survey = surveySandbox(python.executable, pythonSdkFolder(process.env), new AbortController().signal);
  }
}

function row(
  { id, spec, environment, problem, pythonToFetch }: PluginSummary,
  survey: SandboxSurvey | undefined,
  { colours }: Output,
): Cell[] {
  const known = [
    spec?.version ?? '-',
    spec?.launch.isolation ?? '-',
    spec === undefined ? '-' : sandboxWord(spec, survey),
    spec === undefined ? '-' : range(spec.pool.instances),
    spec?.environment.kind ?? '-',
    runtimeText({
      python: environment === undefined ? spec?.environment.python : environment.runtime.python?.version,
      node: environment?.runtime.node?.version,
    }) ?? '-',
    environment?.resolved === undefined ? '-' : age(environment.resolved),
  ];
  if (problem?.code === 'PLUGIN_DISABLED') return [id, ...known, { text: 'disabled', colour: colours.dim }];
  if (problem !== undefined) return [id, ...known, { text: firstLine(problem.message), colour: colours.red }];
  if (environment === undefined)
    return [
      id,
      ...known,
      {
        text: pythonToFetch === undefined ? 'not built' : `not built; uv has to fetch Python ${pythonToFetch}`,
        colour: colours.dim,
      },
    ];
  return [id, ...known, { text: 'ready', colour: colours.green }];
}

/** Since its packages were resolved. */
function age(resolved: string): string {
  const minutes = Math.max(0, (Date.now() - Date.parse(resolved)) / 60_000);
  if (minutes < 60) return `${Math.floor(minutes)} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}

function range({ min, max }: PoolSpec['instances']): string {
  return min === max ? String(max) : `${min}-${max}`;
}

/** The first line; a single mistake of a list stands on the second, and is joined to it. */
function firstLine(message: string): string {
  const [first = '', second, ...more] = message.split('\n');
  return second === undefined || more.length > 0 ? first : `${first} ${second.trim()}`;
}
