import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PluginManager } from '../src/manager/plugin-manager.ts';
import { fixture, observed } from './test-home.ts';

/** A manager of a registry of its own, which goes with it. */
export class Opened implements AsyncDisposable {
  readonly manager: PluginManager;
  readonly lines: readonly Record<string, unknown>[];
  readonly #folder: string;

  private constructor(manager: PluginManager, lines: readonly Record<string, unknown>[], folder: string) {
    this.manager = manager;
    this.lines = lines;
    this.#folder = folder;
  }

  /** @param plugins the fields of each; `path` is one of the fixtures' folders, `echo` where it is left out. @throws what `PluginManager.open` does */
  static async plugins(plugins: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Promise<Opened> {
    const entries = Object.entries(plugins).map(([id, { path = 'echo', ...fields }]) => ({
      id,
      path: resolve(fixture('plugins'), String(path)),
      ...fields,
    }));
    const folder = await mkdtemp(join(tmpdir(), 'bulkhead-opened-'));
    const file = join(folder, 'plugins.yaml');
    await writeFile(file, JSON.stringify({ plugins: entries }));
    const { options, lines } = observed();
    try {
      return new Opened(await PluginManager.open(file, options), lines, folder);
    } catch (error) {
      await rm(folder, { recursive: true });
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.manager.close();
    await rm(this.#folder, { recursive: true });
  }
}
