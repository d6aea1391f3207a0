import { dirname } from 'node:path';
import type { NodeReport } from '../../conflicts/check-node-plugins.ts';
import type { ConflictReport, SharedReport } from '../../conflicts/conflict-report.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import { checkRegistry } from '../../manager/check-registry.ts';
import { loadPluginFolder } from '../../registry/load-plugin-folder.ts';
import type { PluginSpec, SharedEnvironment } from '../../registry/plugin-spec.ts';
import { type RegisteredPlugin, readRegistry } from '../../registry/read-registry.ts';
import { addPlugin } from '../../registry/write-registry.ts';
import { fileFailure } from '../files/file-failure.ts';
import { registryOrExpected } from '../files/find-registry.ts';
import { listenForInterruption } from '../interruption.ts';
import { showProgress } from '../output/progress-display.ts';
import { pathFrom } from '../files/relative-path.ts';
import { syncCommand } from './sync-command.ts';
import type { Terminal } from '../output/terminal.ts';

export interface AddOptions {
  readonly registry?: string;
  readonly share?: string;
  readonly isolation?: 'thread' | 'process';
  readonly offline?: boolean;
}

/** Milliseconds after which the plugin is added without asking on: what it conflicts with is advice. */
const TIME_LIMIT = 60_000;

/** `bulkhead add`: says what a plugin conflicts with, adds it to the registry, and makes its environment. */
export async function addCommand(path: string, options: AddOptions, terminal: Terminal): Promise<number> {
  const { registry: named, isolation, offline = false } = options;
  const registry = registryOrExpected(named);
  const { plugins, defaults } = await readRegistry(registry);
  const isThread = (isolation ?? defaults.isolation) === 'thread';
  const spec = await loadPluginFolder(path, { defaults: isThread ? { isolation: 'thread' } : {} });
  // Plugins in threads share without being told to.
  const share = options.share ?? spec.environment.share?.name;
  if (plugins.some(({ id }) => id === spec.id)) throw new BulkheadError('PLUGIN_ALREADY_LOADED', { plugin: spec.id });
  const members = share === undefined ? [] : membersOf(share, spec, plugins, options.share === undefined);
  using interruption = listenForInterruption();
  const display = showProgress(terminal);
  const { out } = terminal;
  try {
    const { report, node, problems } = await checkRegistry(registry, {
      added: share === undefined ? spec : sharing(spec, { name: share, members }),
      offline,
      timeLimit: TIME_LIMIT,
      signal: interruption.signal,
      onStep: (message) => display.sink({ plugin: spec.id, step: 'resolving', message }),
    });
    display.close();
    const refused =
      problems.find(({ id }) => id === spec.id)?.error ?? refusal([...node.shared, ...report.shared], spec, share);
    if (refused !== undefined) throw refused;
    const placed =
      spec.environment.kind === 'node' ? placementOfNode(node, spec.id, share) : placement(report, spec.id, share);
    if (!terminal.json) out.write(placed);
  } catch (error) {
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    throw error;
  } finally {
    display.close();
  }
  await write(registry, spec, options);
  if (!terminal.json) out.write(`Added "${spec.id}" to ${registry}.\n\n`);
  return offline ? 0 : await syncCommand([spec.id], { registry }, terminal);
}

/** The group that it is to join, with itself. @param mayBeFirst whether there need not be one */
function membersOf(
  share: string,
  spec: PluginSpec,
  plugins: readonly RegisteredPlugin[],
  mayBeFirst: boolean,
): readonly PluginSpec[] {
  const groups = plugins.flatMap((plugin) => plugin.spec?.environment.share ?? []);
  const members = plugins.flatMap((plugin) => (plugin.spec?.environment.share?.name === share ? [plugin.spec] : []));
  if (members.length > 0 || mayBeFirst) return [...members, spec];
  const known = [...new Set(groups.map(({ name }) => name))];
  const reason = known.length === 0 ? 'no plugin in the registry has a share' : `the registry has ${known.join(', ')}`;
  throw new BulkheadError('ARGUMENT_INVALID', {
    argument: '--share',
    reason: `there is no group "${share}": ${reason}`,
  });
}

/** Refuses a plugin that can't share as it was told to; other conflicts are facts. */
function refusal(
  groups: readonly SharedReport[],
  { id, launch }: PluginSpec,
  share: string | undefined,
): BulkheadError | undefined {
  const group = groups.find(({ name, verdict }) => name === share && verdict === 'conflict');
  if (share === undefined || group === undefined) return undefined;
  const cure = launch.isolation === 'thread' ? WITHOUT_GROUP : undefined;
  return new BulkheadError('SHARING_IMPOSSIBLE', { plugin: id, share, reason: group.reasons.join('; '), cure });
}

const WITHOUT_GROUP =
  'Add it with `--isolation process`: then it has a process and an environment of its own. Or loosen its requirements.';

/** The same of a plugin of Node. */
function placementOfNode(
  { conflicts, compatible, unknown, plugins, impossible, resolver }: NodeReport,
  id: string,
  share: string | undefined,
): string {
  const isOwn = (pair: { readonly plugins: readonly string[] }): boolean => pair.plugins.includes(id);
  const own = conflicts.filter(isOwn).flatMap(({ reasons }) => reasons);
  const bad = impossible.flatMap(({ plugin, reason }) => (plugin === id ? [reason] : []));
  const far = resolver === undefined ? ', as far as their ranges tell' : ', as far as could be resolved';
  const told =
    bad.length > 0
      ? `${id} can't be installed even alone: ${visibleLine(bad.join('; '))}\n`
      : own.length > 0
        ? `${id} can't share an environment with some:\n${own.map((reason) => `  ${visibleLine(reason)}\n`).join('')}`
        : plugins.length > 1
          ? `${id} conflicts with no other plugin of Node${unknown.some(isOwn) ? far : ''}.\n`
          : '';
  if (share !== undefined) return `${told}It shares the environment "${share}".\n`;
  const others = compatible.filter(isOwn).flatMap((pair) => pair.plugins.filter((other) => other !== id));
  return `${told}It gets an environment of its own${couldShareWith(others)}.\n`;
}

/** Says where the plugin goes, and what it conflicts with. */
function placement(report: ConflictReport, id: string, share: string | undefined): string {
  const others = report.plugins.map((plugin) => plugin.id).filter((other) => other !== id);
  const conflicts = others.flatMap((other) => {
    const between = report.between(id, other);
    return between.verdict === 'conflict' ? between.reasons.map((reason) => `  ${visibleLine(reason)}\n`) : [];
  });
  const isOpen = others.some((other) => report.verdictOn(id, other) === 'unknown');
  const own = report.issues.filter(({ plugin }) => plugin === id);
  const notes = own.map(({ text, problem, kind }) =>
    kind === 'unread' ? `  ${visibleLine(problem)}\n` : `  "${visibleLine(text)}": ${visibleLine(problem)}\n`,
  );
  return [
    others.length === 0
      ? ''
      : conflicts.length === 0
        ? `${id} conflicts with no other plugin${howFar(report, isOpen)}.\n`
        : `${id} can't share an environment with some:\n${conflicts.join('')}`,
    notes.length === 0 ? '' : `Of its requirements:\n${notes.join('')}`,
    `${place(report, id, share)}\n`,
  ].join('');
}

function howFar({ isOffline, stopped }: ConflictReport, isOpen: boolean): string {
  if (!isOpen) return '';
  if (isOffline) return ', as far as its requirements tell';
  return stopped === undefined ? ', as far as could be resolved' : `, as far as is known: ${visibleLine(stopped)}`;
}

function place(report: ConflictReport, id: string, share: string | undefined): string {
  if (share !== undefined) return `It shares the environment "${share}".`;
  const with_ =
    report.groups.find(({ plugins }) => plugins.includes(id))?.plugins.filter((other) => other !== id) ?? [];
  return `It gets an environment of its own${couldShareWith(with_)}.`;
}

function couldShareWith(others: readonly string[]): string {
  if (others.length === 0) return '';
  const some = others.length > 4 ? `${others.slice(0, 3).join(', ')} and ${others.length - 3} more` : others.join(', ');
  return `; it could share one with ${some}: give them the same \`share: NAME\` in the registry`;
}

function sharing(spec: PluginSpec, share: SharedEnvironment): PluginSpec {
  return { ...spec, environment: { ...spec.environment, share } };
}

async function write(registry: string, spec: PluginSpec, { share, isolation }: AddOptions): Promise<void> {
  try {
    await addPlugin(registry, {
      id: spec.id,
      path: pathFrom(dirname(registry), spec.folder),
      ...(share === undefined ? {} : { share }),
      ...(isolation === undefined ? {} : { isolation }),
    });
  } catch (error) {
    throw fileFailure(error, '--registry', registry);
  }
}
