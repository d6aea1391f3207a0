import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  type EnvironmentTools,
  inspectTools,
  type StoredEnvironment,
  storedEnvironments,
} from '../../environment/inspect-environments.ts';
import { findUnused, PRUNED_MILLISECONDS, type Unused } from '../../environment/prune.ts';
import { fitsPython } from '../../requirements/python-version.ts';
import { StateFolder } from '../../environment/state-folder.ts';
import { BulkheadError, isBulkheadError } from '../../errors/bulkhead-error.ts';
import { pythonSdkFolder } from '../../languages/python/sdk-folder.ts';
import { type SandboxSurvey, surveySandbox } from '../../languages/python/survey-sandbox.ts';
import type { OrphanedProcess } from '../../launcher/ledger/sweep-ledger.ts';
import { notedEnvironments } from '../../manager/environment-notes.ts';
import { orphanedProcesses } from '../../manager/orphaned-processes.ts';
import { findRegistry } from '../files/find-registry.ts';
import { type PluginSummary, summarisePlugins, unreadIn } from '../../manager/registered-plugins.ts';
import { type LimitSurvey, surveyLimits } from '../../manager/survey-limits.ts';

/** The Pythons that the SDK supports. */
export const OLDEST_PYTHON = '>=3.9';

/** The findings of `doctor`. */
export interface Examination {
  readonly stateFolder: { readonly path: string; readonly writable: boolean };
  readonly environments: readonly StoredEnvironment[];
  /** What `bulkhead prune` would remove. */
  readonly unused: readonly Unused[];
  /** Processes that killed hosts have left running. */
  readonly orphans: readonly OrphanedProcess[];
  readonly tools: EnvironmentTools;
  /** The folder of the Python SDK; undefined when the installation is incomplete. */
  readonly sdk: string | undefined;
  /** Undefined without a Python or the SDK. */
  readonly sandbox: SandboxSurvey | undefined;
  /** Undefined outside Linux. */
  readonly limits: LimitSurvey | undefined;
  readonly registry: string | undefined;
  readonly plugins: readonly PluginSummary[];
  readonly problems: readonly Problem[];
}

/** Something that has to be mended. */
interface Problem {
  /** `machine`: it lacks something necessary; `registry`: it asks for something impossible. */
  readonly where: 'machine' | 'registry';
  readonly message: string;
  readonly advice: string;
}

/** Examines this machine, and what the registry asks of it. */
export async function examineMachine(named: string | undefined, signal: AbortSignal): Promise<Examination> {
  const problems: Problem[] = [];
  const state = StateFolder.of(process.env);
  const tools = await toolsOrProblem(problems, signal);
  const writable = await isWritable(state.root);
  if (!tools.pythons.some(({ version }) => fitsPython(version, OLDEST_PYTHON) === true)) {
    problems.push({
      where: 'machine',
      message: 'There is no Python 3.9 or later.',
      advice: `Install one. Looked in: ${tools.searched.join(', ')}.`,
    });
  }
  const sdk = sdkOrProblem(problems);
  const newest = tools.pythons.find(({ version }) => fitsPython(version, OLDEST_PYTHON) === true);
  const sandbox =
    sdk === undefined || newest === undefined ? undefined : await surveySandbox(newest.executable, sdk, signal);
  const registry = findRegistry(named);
  const plugins = registry === undefined ? [] : await pluginsOrProblem(registry, problems, signal);
  if (!writable && !isAllBuilt(plugins))
    problems.push({
      where: 'machine',
      message: `The state folder ${state.root} can't be written: plugins whose environments are there run, and no environment can be built.`,
      advice: 'Make it writable, or name another in BULKHEAD_HOME.',
    });
  if (sandbox !== undefined) problems.push(...unconfined(plugins, sandbox));
  const needed = plugins.flatMap(({ environment }) => environment?.runtime.prefix ?? []);
  const spared = new Set([...(await notedEnvironments(state)), ...needed]);
  return {
    unused: await findUnused(state, { before: new Date(Date.now() - PRUNED_MILLISECONDS), spared }),
    stateFolder: { path: state.root, writable },
    environments: await storedEnvironments(state),
    orphans: await orphanedProcesses(state),
    tools,
    sdk,
    sandbox,
    limits: surveyLimits(process.env, sandbox?.landlock !== undefined && sandbox.withoutNamespaces === undefined),
    registry,
    plugins,
    problems,
  };
}

/** Goes on without BULKHEAD_UV if that names no uv: the other findings are still worth knowing. */
async function toolsOrProblem(problems: Problem[], signal: AbortSignal): Promise<EnvironmentTools> {
  try {
    return await inspectTools(signal);
  } catch (error) {
    if (!isBulkheadError(error)) throw error;
    problems.push({ where: 'machine', message: error.message, advice: error.advice });
    return await inspectTools(signal, { ...process.env, BULKHEAD_UV: undefined });
  }
}

async function pluginsOrProblem(registry: string, problems: Problem[], signal: AbortSignal): Promise<PluginSummary[]> {
  try {
    const plugins = await summarisePlugins(registry, signal);
    for (const plugin of plugins) {
      const { id, problem } = plugin;
      const unread = await unreadIn(plugin);
      if (unread !== undefined)
        problems.push({
          where: 'registry',
          message: `Plugin "${id}" asks for no package that Bulkhead reads: its ${unread.told}.`,
          advice: `Please ${unread.cure}.`,
        });
      if (problem === undefined || ['UV_UNAVAILABLE', 'PLUGIN_DISABLED'].includes(problem.code)) continue;
      problems.push({
        where: problem.blame === 'environment' ? 'machine' : 'registry',
        message: problem.message,
        advice: problem.advice,
      });
    }
    return plugins;
  } catch (error) {
    if (!isBulkheadError(error)) throw error;
    problems.push({ where: 'registry', message: error.message, advice: error.advice });
    return [];
  }
}

/** Whether nothing is left to build, as in an image that was prepared with `bulkhead sync`. */
function isAllBuilt(plugins: readonly PluginSummary[]): boolean {
  const serving = plugins.filter(({ problem }) => problem?.code !== 'PLUGIN_DISABLED');
  return serving.length > 0 && serving.every(({ environment }) => environment !== undefined);
}

/** Plugins that will not be started, because nothing would keep them to their permissions. */
function unconfined(plugins: readonly PluginSummary[], { reason, withoutNamespaces }: SandboxSurvey): Problem[] {
  return plugins
    .flatMap(({ id, spec }) => {
      const missing = reason ?? (spec?.launch.isolated === true ? withoutNamespaces : undefined);
      if (spec?.launch.confined !== true || missing === undefined) return [];
      return [new BulkheadError('SANDBOX_UNAVAILABLE', { plugin: id, reason: missing })];
    })
    .map(({ message, advice }) => ({ where: 'machine', message, advice }));
}

function sdkOrProblem(problems: Problem[]): string | undefined {
  try {
    return pythonSdkFolder(process.env);
  } catch (error) {
    if (!isBulkheadError(error)) throw error;
    problems.push({ where: 'machine', message: error.message, advice: error.advice });
    return undefined;
  }
}

/** It is made when it is first needed: then the nearest folder above it counts. */
async function isWritable(folder: string): Promise<boolean> {
  const exists = await stat(folder).then(
    () => true,
    () => false,
  );
  if (!exists && dirname(folder) !== folder) return await isWritable(dirname(folder));
  return await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}
