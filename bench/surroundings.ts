import { access, constants, mkdir, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PluginManager } from 'bulkhead';
import { benchFile } from './floor-process.ts';

/** The manager looks for the C codec some seconds after a start without it, and fetches it by pip. */
const CODEC_PATIENCE_MILLISECONDS = 60_000;

/** The state folder of the benchmarks, kept between runs so that uv is fetched once. */
export async function benchHome(): Promise<string> {
  const folder = benchFile('../.cache/bench-home');
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Waits until plugins start with the C codec, where it is available: all figures of a run must come from the same codec. Answers its name. */
export async function withFinalCodec(home: string): Promise<string> {
  const giveUpAt = performance.now() + CODEC_PATIENCE_MILLISECONDS;
  await using manager = await PluginManager.open(benchFile('plugins.yaml'), { home });
  for (;;) {
    await manager.startPlugin('echo');
    const codec =
      manager
        .plugins()
        .find(({ id }) => id === 'echo')
        ?.instances.at(-1)?.codec ?? 'unknown';
    if (codec === 'c' || performance.now() > giveUpAt) return codec;
    await delay(1_000);
    await manager.reload('echo');
  }
}

/** Where the host keeps the C codec of plugins, for one Python each. */
export async function codecFolders(home: string): Promise<readonly string[]> {
  const tools = join(home, 'tools');
  const names = await readdir(tools).catch(() => []);
  return names.filter((name) => /^msgpack-.*-\w+$/.test(name)).map((name) => join(tools, name));
}

/** Finds the uv that Bulkhead uses: named by `BULKHEAD_UV`, on the PATH, or fetched into its state folder. */
export async function findUv(home: string): Promise<string> {
  const tools = join(home, 'tools');
  const fetched = (await readdir(tools).catch(() => [])).map((name) => join(tools, name, 'uv'));
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'uv'));
  for (const candidate of [process.env['BULKHEAD_UV'] ?? '', ...onPath, ...fetched]) {
    if (candidate !== '' && (await isExecutable(candidate))) return candidate;
  }
  throw new Error('no uv was found');
}

async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
