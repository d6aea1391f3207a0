import { BulkheadError } from '../errors/bulkhead-error.ts';
import { checkOptions } from '../errors/check-options.ts';
import { nearestName } from '../lifecycle/nearest-name.ts';
import type { Defaults } from '../registry/defaults.ts';
import type { LoadFolderOptions } from '../registry/load-plugin-folder.ts';
import { loadPluginFolder } from './loaded-later.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import type { ReadRegistryOptions } from '../registry/read-registry.ts';
import { DESCRIBE_OPTIONS, type DescribedPlugin, type DescribeOptions, describePlugins } from './describe-plugins.ts';
import type { Composition } from './compose-stages.ts';
import { type Declared, HostedPlugin } from './hosted-plugin.ts';

/** The plugins of one manager: adds them, finds them, and closes them. */
export class HostedPlugins {
  /** In the order of the registry. */
  readonly #all: Map<string, HostedPlugin>;
  readonly #composed: Pick<Composition, 'stages' | 'hooks'>;
  readonly #reading: ReadRegistryOptions;
  /** Those of the registry, for plugins that stand in none. */
  defaults: Defaults = {};
  /** Loads under way: each may still add a plugin. */
  readonly #loads = new Set<Promise<unknown>>();
  /** Why it takes no calls any more. */
  #closed: string | undefined;

  constructor(
    all: Map<string, HostedPlugin>,
    composed: Pick<Composition, 'stages' | 'hooks'>,
    reading: ReadRegistryOptions,
  ) {
    this.#all = all;
    this.#composed = composed;
    this.#reading = reading;
  }

  get all(): readonly HostedPlugin[] {
    return [...this.#all.values()];
  }

  add(declared: Declared): HostedPlugin {
    const plugin = new HostedPlugin(declared, this.#composed.stages);
    this.#all.set(declared.id, plugin);
    this.#composed.hooks.changed();
    return plugin;
  }

  /** See `PluginManager.loadPlugin`. */
  async load(folder: string): Promise<string> {
    this.ensureOpen();
    const loading = this.#load(folder);
    this.#loads.add(loading);
    try {
      return await loading;
    } finally {
      this.#loads.delete(loading);
    }
  }

  /** @throws BulkheadError `PLUGIN_UNKNOWN`, `MANAGER_CLOSED` */
  find(id: string): HostedPlugin {
    this.ensureOpen();
    const plugin = this.#all.get(id);
    if (plugin !== undefined) return plugin;
    const known = [...this.#all.keys()];
    throw new BulkheadError('PLUGIN_UNKNOWN', { plugin: id, nearest: nearestName(id, known), known });
  }

  /** See `PluginManager.describePlugins`. */
  async describe(options: DescribeOptions): Promise<readonly DescribedPlugin[]> {
    checkOptions(options, DESCRIBE_OPTIONS, 'describePlugins');
    this.ensureOpen();
    const plugins = options.ids?.map((id) => this.find(id)) ?? this.all;
    const { work, survey } = this.#composed.stages;
    return await work.during(describePlugins(plugins, survey(), options));
  }

  /** @throws BulkheadError `MANAGER_CLOSED` */
  ensureOpen(): void {
    if (this.#closed !== undefined) throw new BulkheadError('MANAGER_CLOSED', { what: this.#closed });
  }

  /** Never rejects. @param why of a call that comes later, as the rest of a sentence whose subject is the manager */
  async close(why: string): Promise<void> {
    this.#closed = why;
    await Promise.allSettled([...this.#loads, ...this.all.map((plugin) => plugin.close())]);
  }

  get #loading(): LoadFolderOptions {
    return { variables: this.#reading.variables, defaults: this.defaults };
  }

  async #load(folder: string): Promise<string> {
    const spec = await loadPluginFolder(folder, this.#loading);
    this.ensureOpen(); // it may have been closed meanwhile
    const { id } = spec;
    if (this.#all.has(id)) throw new BulkheadError('PLUGIN_ALREADY_LOADED', { plugin: id });
    // A reload keeps the id, whatever the manifest says by then: callers know the plugin by it.
    const readAgain = async (): Promise<PluginSpec> => ({
      ...(await loadPluginFolder(spec.folder, this.#loading)),
      id,
    });
    this.add({ id, spec, readAgain }).keepWarm();
    return id;
  }
}
