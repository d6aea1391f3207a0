import { arch, release } from 'node:os';
import { basename, dirname } from 'node:path';
import { fitsNode, newestFirst, OLDEST_NODE } from '../../environment/node/choose-node.ts';
import type { SandboxSurvey } from '../../languages/python/survey-sandbox.ts';
import { OWN_VERSION } from '../../lifecycle/own-version.ts';
import { fitsPython, releaseOf } from '../../requirements/python-version.ts';
import { compareReleases } from '../../requirements/version.ts';
import { visibleLine, visibleText } from '../../lifecycle/visible-text.ts';
import { type Examination, examineMachine, OLDEST_PYTHON } from '../machine/examine-machine.ts';
import type { LimitSurvey } from '../../manager/survey-limits.ts';
import { jsonText } from '../../views/json-text.ts';
import { registeredPluginView } from '../../views/plugin-view.ts';
import { sizeText } from '../output/size-text.ts';
import { table } from '../output/table.ts';
import type { Colours, Output, Terminal } from '../output/terminal.ts';

export interface DoctorOptions {
  readonly registry?: string;
}

/** `bulkhead doctor`: shows what this machine has, what is missing, and how to mend it. */
export async function doctorCommand({ registry }: DoctorOptions, { out, json }: Terminal): Promise<number> {
  const found = await examineMachine(registry, new AbortController().signal);
  out.write(
    json ? `${jsonText(asJson(found), { pretty: out.isTerminal, columns: out.columns })}\n` : report(found, out),
  );
  const places = found.problems.map(({ where }) => where);
  return places.includes('machine') ? MACHINE_LACKS : places.includes('registry') ? REGISTRY_IS_WRONG : 0;
}

const MACHINE_LACKS = 3;
const REGISTRY_IS_WRONG = 2;

function asJson({
  stateFolder,
  environments,
  unused,
  orphans,
  tools,
  sdk,
  sandbox,
  limits,
  registry,
  plugins,
  problems,
}: Examination): Readonly<Record<string, unknown>> {
  return {
    ok: problems.length === 0,
    bulkhead: OWN_VERSION,
    node: process.versions.node,
    platform: `${process.platform}-${arch()}`,
    sdk: sdk ?? null,
    stateFolder,
    environments: environments.map(({ identity, prefix, size, record }) => ({
      identity,
      prefix,
      size,
      ready: record !== undefined,
      python: record?.python?.version ?? null,
      node: record?.node?.version ?? null,
      created: record?.created ?? null,
    })),
    unused: unused.map(({ kind, path, size, lastUsed }) => ({ kind, path, size, lastUsed: lastUsed.toISOString() })),
    orphans: orphans.map(({ pid, plugin }) => ({ pid, plugin: plugin ?? null })),
    uv: tools.uv ?? null,
    engine: tools.engine,
    pythons: tools.pythons.map(({ version, executable, implementation, origin }) => ({
      version,
      executable,
      implementation,
      origin,
    })),
    broken: tools.broken,
    nodes: tools.nodes.map(({ version, executable, origin }) => ({ version, executable, origin })),
    sandbox: sandbox ?? null,
    limits: limits ?? null,
    registry: registry ?? null,
    plugins: plugins.map((plugin) => registeredPluginView(plugin, sandbox)),
    problems,
  };
}

function report(found: Examination, out: Output): string {
  return `${machine(found)}\n${pythons(found)}\n${nodes(found)}\n${verdict(found, out)}`;
}

function machine({
  stateFolder,
  environments,
  unused,
  tools: { uv, engine },
  sdk,
  sandbox,
  limits,
  registry,
  plugins,
}: Examination): string {
  const size = environments.reduce((sum, each) => sum + each.size, 0);
  return table([
    ['Bulkhead', OWN_VERSION],
    ['Node', `${process.versions.node} (${process.platform} ${arch()}, ${release()})`],
    ['Python SDK', sdk ?? 'not found'],
    [
      'uv',
      uv === undefined
        ? 'none yet; it is fetched when it is first needed'
        : `${uv.version} at ${uv.path} (${uv.origin})`,
    ],
    ['Containers', engineText(engine)],
    [
      'State folder',
      `${stateFolder.path} (${stateFolder.writable ? 'writable' : 'not writable: it serves what is in it, and nothing more can be built'})`,
    ],
    [
      'Environments',
      `${environments.filter(({ record }) => record !== undefined).length} ready, ${sizeText(size)}${halfBuilt(environments)}${unusedText(unused)}`,
    ],
    ...(sandbox === undefined ? [] : [['Sandbox', sandboxText(sandbox)]]),
    ...(limits === undefined ? [] : [['Limits', limitsText(limits)]]),
    [
      'Registry',
      registry === undefined
        ? 'none in this folder or above'
        : `${registry} (${plugins.length} plugin${plugins.length === 1 ? '' : 's'})`,
    ],
  ]);
}

function engineText(engine: Examination['tools']['engine']): string {
  if ('problem' in engine) return `none: ${visibleLine(engine.problem)}`;
  const { version, socket, limits, isRootless, restoresLive } = engine;
  const facts = [
    ...(isRootless ? ['rootless'] : []),
    limits.length === 0 ? 'limits nothing' : `limits ${limits.join(', ')}`,
    restoresLive ? 'restarts under plugins (live-restore)' : 'ends plugins when it is restarted',
  ];
  return `engine ${visibleLine(version)} at ${socket} (${facts.join('; ')})`;
}

/** Which gates close. */
function sandboxText({ landlock, withoutNamespaces, reason }: SandboxSurvey): string {
  if (landlock === undefined) return `none: ${visibleLine(reason)}`;
  const gates = `Landlock (ABI ${landlock}), seccomp, limits`;
  if (withoutNamespaces === undefined) return `full: ${gates} and name spaces`;
  return `floor: ${gates}; no name spaces, so no lists of hosts: ${visibleLine(withoutNamespaces)}`;
}

/** What would hold `resources`, from where this command runs: another host may have a control group of its own. */
function limitsText({ version, reasons, ...limits }: LimitSurvey): string {
  const held = Object.entries(limits).map(([limit, by]) => `${limit} by ${by.join(' and ')}`);
  const groups = version === undefined ? 'no control groups from here' : `control groups (version ${version})`;
  const why = reasons.length === 0 ? '' : ` (${visibleLine(reasons.join('; '))})`;
  return `${groups}${why}: ${held.join(', ')}`;
}

function unusedText(unused: Examination['unused']): string {
  const size = unused.reduce((sum, each) => sum + each.size, 0);
  return unused.length === 0 ? '' : `; ${sizeText(size)} unused for 30 days, which \`bulkhead prune\` removes`;
}

function halfBuilt(environments: Examination['environments']): string {
  const count = environments.filter(({ record }) => record === undefined).length;
  return count === 0 ? '' : `; ${count} unfinished, built anew when next needed`;
}

function pythons({ tools }: Examination): string {
  const sorted = tools.pythons.toSorted((one, other) =>
    compareReleases(releaseOf(other.version) ?? [], releaseOf(one.version) ?? []),
  );
  const rows = sorted.map(({ version, executable, implementation, origin }) => [
    '',
    implementation === 'cpython' ? version : `${version} (${implementation})`,
    executable,
    fitsPython(version, OLDEST_PYTHON) === true ? origin : `${origin}; too old for plugins`,
  ]);
  return `Pythons${rows.length === 0 ? ': none\n' : `\n${table(rows)}`}${notRunning(tools.broken)}`;
}

function nodes({ tools }: Examination): string {
  const rows = newestFirst(tools.nodes).map(({ version, executable, origin }) => [
    '',
    version,
    executable,
    fitsNode(version, [OLDEST_NODE]) ? origin : `${origin}; too old for plugins`,
  ]);
  return `Nodes${rows.length === 0 ? ': none\n' : `\n${table(rows)}`}`;
}

/** A shim does not run for a version that isn't selected: that is as it should be. */
function notRunning(broken: readonly string[]): string {
  const told = broken.filter((path) => basename(dirname(path)) !== 'shims');
  return told.length === 0 ? '' : `  These don't run: ${told.map((path) => visibleLine(path)).join(', ')}\n`;
}

function verdict({ problems, plugins, orphans }: Examination, { colours }: Output): string {
  const toFetch = plugins.filter(({ pythonToFetch }) => pythonToFetch !== undefined);
  const notes = toFetch.map(
    ({ id, pythonToFetch }) =>
      `Note: ${id} needs Python ${pythonToFetch}, which uv has to fetch: it is not on this machine.\n`,
  );
  if (orphans.length > 0) {
    const running = orphans.map(({ pid, plugin = 'a plugin' }) => `${pid} (${visibleLine(plugin)})`).join(', ');
    notes.push(`Note: hosts that were killed left these running: ${running}. The next host that starts ends them.\n`);
  }
  return notes.join('') + mending(problems, colours);
}

function mending(problems: Examination['problems'], colours: Colours): string {
  if (problems.length === 0) return `${colours.green('All is well.')}\n`;
  const told = problems.map(
    ({ message, advice }) =>
      `${colours.red('✗')} ${visibleText(message).replaceAll('\n', '\n  ')}\n  ${visibleText(advice)}\n`,
  );
  return `${told.join('')}\n${colours.red(problems.length === 1 ? 'One thing has to be mended.' : `${problems.length} things have to be mended.`)}\n`;
}
