import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PluginManager, type PluginManagerOptions } from 'bulkhead';
import { benchFile } from '../floor-process.ts';
import { benchHome, findUv } from '../surroundings.ts';

/** The state folder of one run. Every process that names it belongs to this run. */
export class ChaosHome implements AsyncDisposable {
  readonly folder: string;
  readonly #uv: string;

  private constructor(folder: string, uv: string) {
    this.folder = folder;
    this.#uv = uv;
  }

  static async make(): Promise<ChaosHome> {
    const folder = await mkdtemp(join(tmpdir(), 'bulkhead-chaos-'));
    return new ChaosHome(folder, await obtainUv());
  }

  options(home: string = join(this.folder, 'home')): PluginManagerOptions {
    return { home, variables: { ...process.env, BULKHEAD_UV: this.#uv, BULKHEAD_LOG: 'silent' } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Finds uv, or lets Bulkhead fetch it into the state folder of the benchmarks. */
async function obtainUv(): Promise<string> {
  const home = await benchHome();
  return await findUv(home).catch(async () => {
    await using manager = await PluginManager.open(benchFile('plugins.yaml'), { home });
    await manager.preparePlugin('echo');
    return await findUv(home);
  });
}
