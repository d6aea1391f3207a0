import { compatibilityOf } from '../conflicts/check-compatibility.ts';
import { type CheckOptions, checkPlugins } from '../conflicts/check-plugins.ts';
import { checkNodePlugins, type NodeList, type NodeReport } from '../conflicts/check-node-plugins.ts';
import type { Compatibility } from '../conflicts/compatibility.ts';
import type { ConflictReport } from '../conflicts/conflict-report.ts';
import type { NpmRequirementList, RequirementList } from '../conflicts/requirement-list.ts';
import { npmRequirements } from '../environment/node/npm-requirements.ts';
import { NpmResolver } from '../environment/node/npm-resolver.ts';
import { pluginRequirements } from '../environment/requirements/plugin-requirements.ts';
import { StateFolder } from '../environment/state-folder.ts';
import { UvResolver } from '../environment/uv/uv-resolver.ts';
import { type BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { readRegistry } from '../registry/read-registry.ts';

export interface CheckCompatibilityOptions {
  /** Does not resolve: what the requirements themselves don't prove stays unknown. */
  readonly offline?: boolean;
  /** Folder for uv and what is known of Pythons; `BULKHEAD_HOME`, or the user's data folder, unless given. */
  readonly home?: string;
  /** The host's environment variables; `process.env` unless given. */
  readonly variables?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** Builds packages without a wheel, which runs their code, where nothing else answers; otherwise those pairs stay unknown. */
  readonly build?: boolean;
  /** Milliseconds after which nothing more is asked: what is not known by then stays unknown. */
  readonly timeLimit?: number;
  /** Asks again what the package index has answered today. */
  readonly refresh?: boolean;
}

export interface CheckRegistryOptions extends CheckCompatibilityOptions {
  /** When it is aborted, nothing more is asked, and what is known is the result; `signal` gives up the whole check. */
  readonly enough?: AbortSignal;
  /** Hears of each step, in words. */
  readonly onStep?: (message: string) => void;
  /** A plugin that is not in the registry yet: uv and npm are asked about this one only. */
  readonly added?: PluginSpec;
}

export interface RegistryCheck {
  /** Of the Python plugins that could be read. */
  readonly report: ConflictReport;
  /** Of the plugins of Node. */
  readonly node: NodeReport;
  /** Plugins whose declaration has a mistake; they hold up no other. */
  readonly problems: readonly { readonly id: string; readonly error: BulkheadError }[];
  /** Plugins that share with none: they run in containers, or commands of their own start them. */
  readonly apart: readonly string[];
  /** Plugins that are disabled, and so were not looked at. */
  readonly disabled: readonly string[];
}

/**
 * Checks the plugins of a registry against each other; see docs/conflicts.md.
 *
 * @throws BulkheadError `REGISTRY_NOT_FOUND`, `REGISTRY_INVALID`, `UV_UNAVAILABLE`
 */
export async function checkRegistry(file: string, options: CheckRegistryOptions = {}): Promise<RegistryCheck> {
  const { added, variables } = options;
  const { plugins } = await readRegistry(file, {
    ...(variables === undefined ? {} : { variables }),
    keepOddRequirements: true,
  });
  const problems: { id: string; error: BulkheadError }[] = [];
  const apart: string[] = [];
  const disabled: string[] = [];
  const lists: RequirementList[] = [];
  const nodeLists: NodeList[] = [];
  const specs = [...plugins, ...(added === undefined ? [] : [{ id: added.id, spec: added, problem: undefined }])];
  for (const { id, spec, problem } of specs) {
    if (problem?.code === 'PLUGIN_DISABLED') disabled.push(id);
    else if (problem !== undefined) problems.push({ id, error: problem });
    else if (isApart(spec)) apart.push(id);
    else {
      const list = await listOf(spec, variables ?? process.env);
      if (isBulkheadError(list)) problems.push({ id, error: list });
      else if ('packages' in list) nodeLists.push(list);
      else lists.push(list);
    }
  }
  const groups = Object.fromEntries(
    lists.flatMap(({ id, share }) => (share === undefined ? [] : [[id, share] as const])),
  );
  const [report, node] = await withinLimit(options, async (checked) => {
    const { nodeResolver, enough = new AbortController().signal } = checked;
    return await Promise.all([
      checkPlugins(lists, checked),
      checkNodePlugins(nodeLists, groups, { ...checked, resolver: nodeResolver, enough }),
    ]);
  });
  return { report, node, problems, apart, disabled };
}

/** See `checkCompatibility`. */
export async function compatibilityWithin(
  one: RequirementList | NpmRequirementList,
  other: RequirementList | NpmRequirementList,
  options: CheckCompatibilityOptions,
): Promise<Compatibility> {
  return await withinLimit(options, async (checked) => await compatibilityOf(one, other, checked));
}

/** Its packages are in an image, or where its command leads. */
function isApart({ environment }: PluginSpec): boolean {
  return environment.kind === 'image' || environment.kind === 'none';
}

async function listOf(
  spec: PluginSpec,
  variables: NodeJS.ProcessEnv,
): Promise<RequirementList | NodeList | BulkheadError> {
  const { kind, share } = spec.environment;
  try {
    return kind === 'node'
      ? { ...(await npmRequirements(spec, variables)), share: share?.name }
      : await pluginRequirements(spec);
  } catch (error) {
    if (isBulkheadError(error)) return error;
    throw error;
  }
}

async function withinLimit<Result>(
  options: CheckRegistryOptions,
  check: (options: CheckOptions) => Promise<Result>,
): Promise<Result> {
  const { offline = false, home, variables = process.env, build, refresh = false, onStep, added, timeLimit } = options;
  const { signal = new AbortController().signal, enough } = options;
  const state = StateFolder.of(variables, home);
  const over = new AbortController();
  const end = (): void => over.abort(new Error(`the time limit of ${(timeLimit ?? 0) / 1000} s was over`));
  const timer = timeLimit === undefined ? undefined : setTimeout(end, timeLimit);
  try {
    return await check({
      resolver: offline ? undefined : new UvResolver({ state, variables, refresh }),
      nodeResolver: offline ? undefined : new NpmResolver({ state, variables, refresh }),
      signal,
      enough: AbortSignal.any([over.signal, ...(enough === undefined ? [] : [enough])]),
      mayBuild: build,
      ...(onStep === undefined ? {} : { onStep }),
      ...(added === undefined ? {} : { focus: added.id }),
    });
  } finally {
    clearTimeout(timer);
  }
}
