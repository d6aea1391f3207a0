import { existsSync } from 'node:fs';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { BuiltRuntime } from '../build/contents.ts';
import {
  type EnvironmentRecord,
  type PluginInEnvironment,
  readRecord,
  writeRecord,
} from '../build/environment-record.ts';
import type { ReadyEnvironment } from '../ready-environment.ts';
import type { StateFolder } from '../state-folder.ts';
import type { ChangedFile } from '../../errors/catalogue/environment.ts';
import { changesIn } from './environment-contents.ts';

/**
 * Keeps a plugin from running what another one has written into its environment. A plugin with permissions is always checked, others
 * where another plugin has run in the same environment: one that is alone in its own may install into it.
 */
export class EnvironmentChecks {
  readonly #state: StateFolder;
  readonly #closing = new AbortController();
  /** Under way, by prefix. */
  readonly #looks = new Map<string, Promise<readonly ChangedFile[]>>();

  /** Who has run where, by prefix: plugins that start at the same time would lose each other from the record. */
  readonly #plugins = new Map<string, readonly PluginInEnvironment[]>();
  /** Digests of what was read last, by prefix. */
  readonly #read = new Map<string, string | undefined>();

  constructor(state: StateFolder) {
    this.#state = state;
  }

  /**
   * Call it before code of an environment is run for a plugin. What has changed is noted: whoever prepares later gets another environment.
   *
   * @throws BulkheadError `ENVIRONMENT_CHANGED`; `STATE_FOLDER_UNUSABLE` or `SYSTEM_EXHAUSTED` if it can't be looked at
   */
  async check({ runtime }: Pick<ReadyEnvironment, 'runtime'>, spec: PluginSpec): Promise<void> {
    try {
      if (runtime.kind === 'python' || runtime.kind === 'node') await this.#check(runtime, spec);
    } catch (error) {
      throw this.#state.explain(error);
    }
  }

  /** Ends what it is doing. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#looks.values());
  }

  async #check(runtime: BuiltRuntime, { id, folder, launch }: PluginSpec): Promise<void> {
    const { prefix } = runtime;
    const record = readRecord(prefix);
    if (record === undefined) return; // it is being removed, and its interpreter can't be started
    const own = { id, folder, confined: launch.confined };
    const before = record.plugins ?? [];
    const plugins = [...(this.#plugins.get(prefix) ?? []), own].reduce(withPlugin, before);
    this.#plugins.set(prefix, plugins);
    const noted = { ...record, plugins };
    if (plugins !== before) note(prefix, noted);
    const isShared = plugins.some((other) => other.folder !== folder);
    if (record.changed === undefined && !launch.confined && !isShared) return;
    const files = record.changed ?? (await this.#look(runtime));
    if (files.length === 0) return;
    if (record.changed === undefined) note(prefix, { ...noted, changed: files });
    const suspects = plugins.filter(({ confined }) => !confined).map((plugin) => plugin.id);
    throw new BulkheadError('ENVIRONMENT_CHANGED', { plugin: id, prefix, files, suspects: [...new Set(suspects)] });
  }

  /** Starts at the same time look once. */
  async #look(runtime: BuiltRuntime): Promise<readonly ChangedFile[]> {
    const { prefix } = runtime;
    const look =
      this.#looks.get(prefix) ??
      changesIn(this.#state, runtime, this.#read, this.#closing.signal).finally(() => this.#looks.delete(prefix));
    this.#looks.set(prefix, look);
    return await look;
  }
}

/** The same list, if there is nothing to add: a plugin that could write there once may have done so. */
function withPlugin(
  plugins: readonly PluginInEnvironment[],
  { id, folder, confined }: PluginInEnvironment,
): readonly PluginInEnvironment[] {
  const known = plugins.find((other) => other.id === id && other.folder === folder);
  if (known !== undefined && (confined || !known.confined)) return plugins;
  const others = plugins.filter((other) => other !== known && existsSync(other.folder));
  return [...others, { id, folder, confined }];
}

/** Where the folder can't be written to, it is noted at the next start, or found again. */
function note(prefix: string, record: EnvironmentRecord): void {
  try {
    writeRecord(prefix, record);
  } catch {
    // nothing depends on it
  }
}
