import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { askEngine, testEngine } from '../container-engine.ts';
import { onlyIf } from '../not-run.ts';
import { pythonImage } from '../python-image.ts';
import { fixture, observed } from '../test-home.ts';

const found = await testEngine();
const missing = await pythonImage(found);

/** With what apt and pip install: another is that of the examples. What else a build can meet is in container-builds.test.ts. */
describe('the Dockerfile of a plugin, in full', onlyIf(missing === undefined, String(missing)), () => {
  let folder: string;
  let manager: PluginManager;
  const images = new Set<string>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulkhead-usual-'));
    await writeFile(
      join(folder, 'plugins.yaml'),
      `plugins:
  - { id: spatial_index, path: ${fixture('plugins/spatial_index')}, isolation: docker }
`,
    );
    manager = await PluginManager.open(join(folder, 'plugins.yaml'), observed().options);
  });

  afterAll(async () => {
    await manager?.close();
    for (const name of images) await askEngine(found, 'DELETE', `/images/${name}?force=1`);
    await rm(folder, { recursive: true });
  });

  /** The packages of its environment, and what was said meanwhile. */
  async function built(plugin: string): Promise<{ packages: Readonly<Record<string, string>>; progress: string[] }> {
    const progress: string[] = [];
    const { runtime, packages, built } = await manager.preparePlugin(plugin, ({ message }) => progress.push(message));
    if (runtime.kind === 'image') images.add(runtime.image);
    expect(runtime).toMatchObject({ libc: 'glibc' });
    expect(built).toBe(true);
    return { packages, progress };
  }

  test('brings a library by apt and a package by pip, and the plugin of this machine runs with them', async () => {
    const { packages, progress } = await built('spatial_index');
    expect(packages).toMatchObject({ rtree: expect.stringMatching(/^1\./) as string });
    expect(progress).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^Step 2\/6 ?: RUN apt-get update && apt-get install -y libspatialindex-dev/i),
        expect.stringMatching(/^Step 4\/6 ?: RUN pip install -r requirements\.txt/i),
      ]),
    );
    const boxes = Array.from({ length: 100 }, (_, each) => [each, each, each + 0.5, each + 0.5]);
    expect(await manager.executePlugin('spatial_index', { boxes, at: [50.2, 50.2, 50.2, 50.2], count: 1 })).toEqual([
      50,
    ]);
    expect(await manager.executePlugin('spatial_index', null, { action: 'library' })).toMatch(
      /^\/usr\/lib\/.*libspatialindex_c\.so/,
    );
  });
});
