import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ContainerEngine } from '../src/engine/container-engine.ts';
import { engineOf, type TestEngine } from './container-engine.ts';
import { imageOfFiles } from './image-of-files.ts';

/** Changes with what is put into the image. */
const RECIPE = 1;

/** An image that holds the Node of these tests, and little else. Empty without an engine: its tests are not run then. */
export async function nodeImage(found: TestEngine | string): Promise<string> {
  return typeof found === 'string' ? '' : await madeOnce(engineOf(found));
}

async function madeOnce(engine: ContainerEngine): Promise<string> {
  const name = `localhost/bulkhead-test/node:${process.versions.node}-${RECIPE}`;
  if ((await engine.image(name, AbortSignal.timeout(10_000))) !== undefined) return name;
  const node = realpathSync(process.execPath);
  const content = [node, '/bin/sh', '/bin/sleep'].filter((path) => existsSync(path));
  await imageOfFiles(engine, { name, content, programs: content, path: dirname(node) });
  return name;
}
