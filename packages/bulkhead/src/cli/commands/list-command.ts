import { StateFolder } from '../../environment/state-folder.ts';
import { runningProcesses } from '../../manager/running-processes.ts';
import type { PoolSpec } from '../../registry/plugin-spec.ts';
import { registryOrExpected } from '../files/find-registry.ts';
import { jsonText } from '../output/json-text.ts';
import { errorObject } from '../output/print-error.ts';
import { isOf, processObject, PROCESS_HEAD, processRow } from '../output/list-processes.ts';
import { type PluginSummary, summarisePlugins } from '../machine/registered-plugins.ts';
import { type Cell, table } from '../output/table.ts';
import { type Output, type Terminal, visible } from '../output/terminal.ts';

export interface ListOptions {
  readonly registry?: string;
}

/** `bulkhead list`: what the registry holds, and which environments are ready. */
export async function listCommand(options: ListOptions, { out, json }: Terminal): Promise<number> {
  const registry = registryOrExpected(options.registry);
  const [plugins, running] = await Promise.all([
    summarisePlugins(registry, new AbortController().signal),
    runningProcesses(StateFolder.of(process.env)),
  ]);
  if (json) {
    const objects = plugins.map((plugin) => ({
      ...pluginObject(plugin),
      running: running.filter((each) => isOf(each, plugin)).map(processObject),
    }));
    out.write(`${jsonText({ registry, plugins: objects }, { pretty: out.isTerminal, columns: out.columns })}\n`);
  } else if (plugins.length === 0) out.write('There are no plugins in the registry. `bulkhead new NAME` writes one.\n');
  else {
    out.write(table([HEAD, ...plugins.map((plugin) => row(plugin, out))]));
    const theirs = plugins.flatMap((plugin) => running.filter((each) => isOf(each, plugin)));
    if (theirs.length > 0) out.write(`\n${table([PROCESS_HEAD, ...theirs.map((each) => processRow(each, out))])}`);
  }
  return 0;
}

const HEAD = ['PLUGIN', 'VERSION', 'ISOLATION', 'INSTANCES', 'ENVIRONMENT', 'PYTHON', 'STATE'];

function row({ id, spec, environment, problem, pythonToFetch }: PluginSummary, { colours }: Output): Cell[] {
  const known = [
    spec?.version ?? '-',
    spec?.launch.isolation ?? '-',
    spec === undefined ? '-' : range(spec.pool.instances),
    spec?.environment.kind ?? '-',
    environment?.runtime.python.version ?? spec?.environment.python ?? '-',
  ];
  if (problem !== undefined) return [id, ...known, { text: visible(firstLine(problem.message)), colour: colours.red }];
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

function range({ min, max }: PoolSpec['instances']): string {
  return min === max ? String(max) : `${min}-${max}`;
}

/** The one mistake, when there is one only: it stands on the second line. */
function firstLine(message: string): string {
  const [first = '', second, ...more] = message.split('\n');
  return second === undefined || more.length > 0 ? first : `${first} ${second.trim()}`;
}

/** Its keys are promised by `bulkhead list --help`. */
export function pluginObject({ id, spec, environment, problem }: PluginSummary): Readonly<Record<string, unknown>> {
  return {
    id,
    version: spec?.version ?? null,
    folder: spec?.folder ?? null,
    isolation: spec?.launch.isolation ?? null,
    instances: spec?.pool.instances ?? null,
    environment: spec?.environment.kind ?? null,
    state: problem !== undefined ? 'problem' : environment === undefined ? 'not built' : 'ready',
    python: environment?.runtime.python.version ?? null,
    packages: environment?.packages ?? null,
    prefix: environment?.runtime.prefix ?? null,
    problem: problem === undefined ? null : errorObject(problem),
  };
}
