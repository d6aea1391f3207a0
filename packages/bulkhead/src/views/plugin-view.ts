import type { InstanceStatus, PluginStatus } from '../manager/plugin-status.ts';
import type { PluginSummary } from '../manager/registered-plugins.ts';
import type { SandboxSurvey } from '../languages/python/survey-sandbox.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { errorView } from './error-view.ts';
import type { JsonObject } from './json-object.ts';
import { usageView } from './process-view.ts';

/** A plugin as the registry has it, and whether its environment is ready. */
export function registeredPluginView(summary: PluginSummary, survey?: SandboxSurvey): JsonObject {
  const { id, spec, environment, problem } = summary;
  return {
    id,
    version: spec?.version ?? null,
    folder: spec?.folder ?? null,
    isolation: spec?.launch.isolation ?? null,
    sandbox: spec === undefined ? null : sandboxWord(spec, survey),
    instances: spec?.pool.instances ?? null,
    environment: spec?.environment.kind ?? null,
    state: stateOf(summary),
    python: environment?.runtime.python?.version ?? null,
    node: environment?.runtime.node?.version ?? null,
    packages: environment?.packages ?? null,
    resolved: environment?.resolved ?? null,
    prefix: environment?.runtime.prefix ?? null,
    problem: problem === undefined ? null : errorView(problem),
  };
}

/**
 * What keeps the plugin to permissions: `full` or `floor`, `container`, `not sandboxed`, `switched off` by the registry, or
 * `unavailable`.
 *
 * @param survey what this machine can do; without it both kinds may be named
 */
export function sandboxWord({ launch }: PluginSpec, survey?: SandboxSurvey): string {
  if (launch.isolation === 'docker') return 'container';
  if (launch.confined) return kindOf(launch, survey);
  return launch.permissions === undefined ? 'not sandboxed' : 'switched off';
}

function kindOf({ isolated, sandbox }: PluginSpec['launch'], survey: SandboxSurvey | undefined): string {
  if (survey?.reason !== undefined || (isolated && survey?.withoutNamespaces !== undefined)) return 'unavailable';
  if (isolated) return 'full';
  if (sandbox === 'floor') return 'floor';
  if (survey === undefined) return 'full or floor';
  return survey.withoutNamespaces === undefined ? 'full' : 'floor';
}

function stateOf({ environment, problem }: PluginSummary): string {
  if (problem !== undefined) return problem.code === 'PLUGIN_DISABLED' ? 'disabled' : 'problem';
  return environment === undefined ? 'not built' : 'ready';
}

/** A plugin of a manager, as it is now. Durations in milliseconds. */
export function pluginStatusView(status: PluginStatus): JsonObject {
  const { id, version, folder, isolation, environment, state, restarts, start, spare, waiting, timings } = status;
  return {
    id,
    version: version ?? null,
    folder: folder ?? null,
    isolation: isolation ?? null,
    environment: environment ?? null,
    state,
    restarts,
    start: start ?? null,
    spare,
    waiting,
    python: status.python ?? null,
    node: status.node ?? null,
    packages: status.packages ?? null,
    instances: status.instances.map(instanceView),
    usage: usageView(status.usage),
    metadata: status.metadata ?? null,
    actions: status.actions ?? null,
    timings: {
      environment: timings.environment ?? null,
      environment_built: timings.environmentBuilt ?? null,
      start: timings.start ?? null,
    },
    problem: status.problem === undefined ? null : errorView(status.problem),
  };
}

function instanceView(instance: InstanceStatus): JsonObject {
  const { name, pid, generation, state, concurrency, inFlight, calls, health, codec } = instance;
  return {
    name,
    pid: pid ?? null,
    generation,
    state,
    concurrency,
    in_flight: inFlight,
    calls,
    health,
    codec: codec ?? null,
    sandbox: instance.sandbox ?? null,
    limits: instance.limits,
    usage: usageView(instance.usage),
    debugger: instance.debugger ?? null,
  };
}
