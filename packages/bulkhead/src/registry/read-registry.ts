import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import type { Mistake } from '../errors/catalogue/registry.ts';
import { severalAtOnce } from '../lifecycle/several-at-once.ts';
import { TurnBudget } from '../lifecycle/turn-budget.ts';
import type { Secret } from '../lifecycle/hide-secrets.ts';
import { crossCheck } from './cross-check.ts';
import { type Defaults, placed, stands, withAbsolutePaths, withDefaults } from './defaults.ts';
import { check } from './explain-problems.ts';
import { registryAdvice } from './field-advice.ts';
import { type DocumentText, inFileOrder, locateAll } from './finding.ts';
import { specOf } from './make-spec.ts';
import { withoutOddRequirements } from './odd-requirements.ts';
import { pythonFieldsOf } from './only-for-python.ts';
import { isMapping } from './plain-value.ts';
import { pluginFolder } from './plugin-folder.ts';
import type { PluginSpec, SourcePosition } from './plugin-spec.ts';
import { type RegistryEntry, registryCheck } from './registry-schema.ts';
import { passwordsIn, resolveEntry, type Variables } from './secret-references.ts';
import { readRegistryText } from './registry-text.ts';
import { unfitForNode } from './unfit-for-node.ts';
import { readYaml } from './yaml-document.ts';

export interface Registry {
  /** Absolute. */
  readonly file: string;
  /** In the order of the file. */
  readonly plugins: readonly RegisteredPlugin[];
  /** Capacities by name. */
  readonly resources: Readonly<Record<string, number>>;
  /** What holds for each plugin; paths in it are absolute. */
  readonly defaults: Defaults;
}

/**
 * A plugin of the registry: its spec, or the problem that stops it, such as that it is disabled. A problem of one plugin does not
 * stop the others.
 */
export type RegisteredPlugin =
  | (PluginEntry & { readonly spec: PluginSpec; readonly problem?: undefined })
  | (PluginEntry & { readonly problem: BulkheadError; readonly spec?: undefined });

interface PluginEntry {
  readonly id: string;
  /** Absolute; it may be missing. */
  readonly folder: string;
  readonly source: SourcePosition;
  /** What its entry says of `hooks`; undefined if the manifest decides. */
  readonly hooks: readonly string[] | undefined;
}

export interface ReadRegistryOptions {
  /** What `${env:NAME}` refers to; the environment of this process unless given. */
  readonly variables?: Variables;
  /** Keeps texts under `dependencies` that are no requirements, instead of rejecting because of them. */
  readonly keepOddRequirements?: boolean;
}

/** A plugin has up to two files open, of the few hundred that a process may have; more would only wait for the disk. */
const FOLDERS_AT_ONCE = 32;

/**
 * Reads a registry file and the manifests of its plugins.
 *
 * @throws BulkheadError REGISTRY_NOT_FOUND, or REGISTRY_INVALID with every mistake in the file. What is wrong with a plugin's
 * own folder or manifest, or with a variable that is not set here, is the `problem` of that plugin.
 */
export async function readRegistry(file: string, options: ReadRegistryOptions = {}): Promise<Registry> {
  const opened = await openRegistry(file, options);
  const { resources, defaults } = opened.read;
  const plugins = withMembers(await registeredAmong(opened.read.entries, opened));
  return { file: opened.file, plugins, resources, defaults: withAbsolutePaths(opened.file, defaults) };
}

/**
 * Reads one plugin of a registry. The manifests of others are read only where it shares its environment with some of them: a thousand
 * plugins are reloaded one by one.
 *
 * @returns it, unless there is no such plugin, and the ids of all. @throws as `readRegistry`
 */
export async function readOneOfRegistry(
  file: string,
  id: string,
  options: ReadRegistryOptions = {},
): Promise<{ readonly plugin: RegisteredPlugin | undefined; readonly known: readonly string[] }> {
  const opened = await openRegistry(file, options);
  const { entries } = opened.read;
  const known = entries.map((entry) => entry.id);
  const [alone] = await registeredAmong(entries, opened, id);
  if (alone?.spec?.environment.share === undefined) return { plugin: alone, known };
  const plugins = withMembers(await registeredAmong(entries, opened));
  return { plugin: plugins.find((plugin) => plugin.id === id), known };
}

/** A registry whose file was read. */
interface OpenedRegistry extends Surroundings {
  readonly read: Entries;
}

async function openRegistry(
  file: string,
  { variables = process.env, keepOddRequirements = false }: ReadRegistryOptions,
): Promise<OpenedRegistry> {
  const absolute = resolve(file);
  const read = await readEntries(absolute, keepOddRequirements);
  const { text, written } = read;
  return { file: absolute, text, variables, passwords: passwordsIn(variables), written, read };
}

/** The plugins of these entries, or the one with that id. */
async function registeredAmong(
  entries: readonly RegistryEntry[],
  opened: OpenedRegistry,
  only?: string,
): Promise<readonly RegisteredPlugin[]> {
  const budget = new TurnBudget();
  budget.renew();
  const wanted = [...entries.entries()].filter(([, { id }]) => only === undefined || id === only);
  return await severalAtOnce(FOLDERS_AT_ONCE, wanted, async ([index, entry]) => {
    const plugin = await registered(withDefaults(entry, opened.read.defaults), index, opened);
    if (!budget.isLeft) {
      await setImmediate(); // a thousand folders are no reason for others to wait
      budget.renew();
    }
    return plugin;
  });
}

/** Tells each plugin who shares its environment. One with a mistake is left out, so that the others still get theirs. */
function withMembers(plugins: readonly RegisteredPlugin[]): readonly RegisteredPlugin[] {
  const groups = new Map<string, PluginSpec[]>();
  for (const { spec } of plugins) {
    const name = spec?.environment.share?.name;
    if (spec === undefined || name === undefined) continue;
    const group = groups.get(name) ?? [];
    group.push(spec);
    groups.set(name, group);
  }
  return plugins.map((plugin): RegisteredPlugin => {
    const name = plugin.spec?.environment.share?.name;
    if (plugin.spec === undefined || name === undefined) return plugin;
    const environment = { ...plugin.spec.environment, share: { name, members: groups.get(name) ?? [] } };
    return { ...plugin, spec: { ...plugin.spec, environment } };
  });
}

/** What a registry file says, before the plugins' manifests are read. */
export interface Entries {
  readonly entries: readonly RegistryEntry[];
  readonly resources: Readonly<Record<string, number>>;
  readonly defaults: Defaults;
  readonly text: DocumentText;
  /** The whole file, as it was written. */
  readonly written: Readonly<Record<string, unknown>>;
}

/** @param file absolute. @throws BulkheadError REGISTRY_NOT_FOUND, REGISTRY_INVALID */
export async function readEntries(file: string, keepsOdd = false): Promise<Entries> {
  const source = await readRegistryText(file);
  if (source.mistake !== undefined) throw invalid([source.mistake]);
  const { value, text, mistakes } = readYaml(source.text, file);
  if (value === undefined) throw invalid(mistakes);
  const whole = withoutExtensions(value);
  const { registry: read, written } = keepsOdd
    ? withoutOddRequirements(whole)
    : { registry: whole, written: new Map<number, readonly string[]>() };
  const checked = check(registryCheck, read, text, registryAdvice);
  const findings = [...checked.findings, ...crossCheck(read, text)];
  if (mistakes.length > 0 || findings.length > 0) throw invalid([...mistakes, ...locateAll(text, findings)]);
  const entries = (checked.value?.plugins ?? []).map((entry, index) => {
    const dependencies = written.get(index);
    return dependencies === undefined ? entry : { ...entry, dependencies };
  });
  const { resources = {}, defaults = {} } = checked.value ?? {};
  return { entries, resources, defaults, text, written: isMapping(whole) ? whole : {} };
}

/** Bulkhead does not read keys that begin with `x-`: they are a place for anchors. */
function withoutExtensions(value: unknown): unknown {
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('x-')));
}

function invalid(mistakes: readonly Mistake[]): BulkheadError {
  return new BulkheadError('REGISTRY_INVALID', { mistakes: inFileOrder(mistakes) });
}

interface Surroundings {
  readonly file: string;
  readonly text: DocumentText;
  readonly variables: Variables;
  readonly passwords: readonly Secret[];
  readonly written: Entries['written'];
}

async function registered(
  entry: RegistryEntry,
  index: number,
  { file, text, variables, passwords, written }: Surroundings,
): Promise<RegisteredPlugin> {
  const { id, path, hooks } = entry;
  const folder = pluginFolder(file, path);
  const source: SourcePosition = { file, ...text.position(['plugins', index], 'value') };
  if (entry.enabled === false) {
    const declared = `${source.file}:${source.line}:${source.column}`;
    return { id, folder, source, hooks: [], problem: new BulkheadError('PLUGIN_DISABLED', { plugin: id, declared }) };
  }
  const { value: resolved, missing, secrets } = resolveEntry(entry, ['plugins', index], variables, passwords);
  if (missing.length > 0) {
    const unset = missing.map((finding) => placed(finding, written));
    return { id, folder, source, hooks, problem: invalid(locateAll(text, unset)) };
  }
  try {
    const spec = await specOf({ entry: resolved, folder, source, secrets });
    const findings = [...pythonFieldsOf(entry, index, spec), ...unfitForNode(entry, index, spec)];
    const unfit = findings.filter(({ path: at }) => stands(written, at));
    return unfit.length === 0
      ? { id, folder, source, hooks, spec }
      : { id, folder, source, hooks, problem: invalid(locateAll(text, unfit)) };
  } catch (error) {
    if (!isBulkheadError(error)) throw error;
    return { id, folder, source, hooks, problem: error };
  }
}
