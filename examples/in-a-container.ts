import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isBulkheadError, PluginManager, type ProgressEvent } from 'bulkhead';

/** A drawing to look at, or why there is none. */
export type PictureResult =
  | {
      readonly file: string;
      readonly width: number;
      readonly height: number;
      readonly paths: number;
      readonly python: string;
      readonly potrace: string;
      readonly environment_ms: number;
      readonly traced_ms: number;
    }
  | { readonly not_run: string };

const ID = 'image_processor';

/**
 * A plugin in a container draws a picture, and turns its dots into shapes by a program of Debian's. Its image is built first, which
 * takes a container engine, and indexes that can be reached: without them nothing is drawn.
 */
export async function tracedPicture(
  registry: string,
  progress: (event: ProgressEvent) => void,
): Promise<PictureResult> {
  // why it can't be drawn is told below, so the log need not
  const variables = { ...process.env, BULKHEAD_LOG: 'fatal' };
  await using manager = await PluginManager.open(registry, { variables });
  const environment = await manager.preparePlugin(ID, progress).catch((error: unknown) => {
    if (isBulkheadError(error)) return error;
    throw error;
  });
  if (isBulkheadError(environment)) return { not_run: environment.message.split('\n')[0] ?? '' };
  const { python, potrace } = (await manager.executePlugin(ID, null, { action: 'versions' })) as Versions;
  const sunflower = await manager.executePlugin(ID, { seeds: 600 }, { action: 'sunflower' });
  const began = performance.now();
  const { svg, ...traced } = (await manager.executePlugin(ID, { picture: sunflower, layers: 4 })) as Drawing;
  const took = performance.now() - began;
  const file = join(await mkdtemp(join(tmpdir(), 'bulkhead-demo-')), 'sunflower.svg');
  await writeFile(file, svg);
  return { file, ...traced, python, potrace, environment_ms: environment.duration, traced_ms: took };
}

interface Versions {
  readonly python: string;
  readonly potrace: string;
}

interface Drawing {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
  readonly paths: number;
}
