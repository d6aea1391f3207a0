import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReadyEnvironment } from '../../src/environment/ready-environment.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { askEngine, imageOf, onlyWith, testEngine } from '../container-engine.ts';
import { fixture, observed } from '../test-home.ts';

const found = await testEngine();

/** Builds on the image of the tests, which has neither apt nor pip: what those install is in usual-dockerfile.test.ts. */
describe('the Dockerfile of a plugin', onlyWith(found), () => {
  let folder: string;
  let manager: PluginManager;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulkhead-builds-'));
    await cp(fixture('plugins/tries'), join(folder, 'usual'), { recursive: true });
    await cp(fixture('plugins/tries'), join(folder, 'breaks'), { recursive: true });
    await writeFile(
      join(folder, 'plugins.yaml'),
      `plugins:
  - { id: usual, path: usual, isolation: docker, image: "localhost/bulkhead-test/not-there:1" }
  - { id: breaks, path: breaks, isolation: docker }
`,
    );
    manager = await PluginManager.open(join(folder, 'plugins.yaml'), observed().options);
  });

  afterAll(async () => {
    await manager?.close();
    for (const name of built) await askEngine(found, 'DELETE', `/images/${name}?force=1`).catch(() => undefined);
    await rm(folder, { recursive: true });
  });

  const built = new Set<string>();

  function nameOf({ runtime }: ReadyEnvironment): string {
    return runtime.kind === 'image' ? runtime.image : '';
  }

  async function usual(body: string): Promise<void> {
    const lines = ['# A usual one.', `FROM ${imageOf(found)}`, 'WORKDIR /app', body, 'EXPOSE 5555', 'COPY . .'];
    await writeFile(join(folder, 'usual', 'Dockerfile'), [...lines, 'CMD ["python", "plugin.py"]', ''].join('\n'));
  }

  test('is built, with progress, and the plugin runs from its WORKDIR; the next start finds it', async () => {
    await usual('RUN echo one > /said');
    const progress: string[] = [];
    const environment = await manager.preparePlugin('usual', ({ message }) => progress.push(message));
    built.add(nameOf(environment));
    expect(environment.built).toBe(true);
    expect(progress).toEqual(expect.arrayContaining([expect.stringMatching(/^Step 3\/6 ?: RUN echo one/i)]));
    const code = 'import os, __main__; seen = [open("/said").read(), os.getcwd(), __main__.__file__]';
    expect(await manager.executePlugin('usual', code)).toEqual(['one\n', '/app', '/app/plugin.py']);
    expect((await manager.preparePlugin('usual')).built).toBe(false);
  });

  test('is built again when the folder has changed, at a reload, and not for what .dockerignore leaves out', async () => {
    const before = await manager.preparePlugin('usual');
    await writeFile(join(folder, 'usual', '.dockerignore'), 'notes.md\n');
    await writeFile(join(folder, 'usual', 'notes.md'), 'remember the milk');
    await usual('RUN echo two > /said');
    const report = await manager.reload('usual');
    built.add(nameOf(await manager.preparePlugin('usual')));
    expect(report).toMatchObject({ rebuilt: true, before: { environment: before.identity } });
    const code = 'import os; seen = [open("/said").read(), sorted(os.listdir("/app"))]';
    expect(await manager.executePlugin('usual', code)).toEqual(['two\n', ['.dockerignore', 'Dockerfile', 'plugin.py']]);
    await writeFile(join(folder, 'usual', 'notes.md'), 'remember the eggs');
    expect((await manager.preparePlugin('usual')).built).toBe(false);
  });

  test('whose command fails is told by its line, with what the command said', async () => {
    await writeFile(
      join(folder, 'breaks', 'Dockerfile'),
      `FROM ${imageOf(found)}\n\n# a comment\nRUN echo 'all was well so far' && \\\n    echo 'no room for rtre' >&2 && exit 7\n`,
    );
    const error = await manager.executePlugin('breaks', '').catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ code: 'IMAGE_BUILD_FAILED', blame: 'user' });
    expect((error as Error).message).toMatch(/breaks\/Dockerfile:4: RUN echo[\s\S]*no room for rtre[\s\S]*7\.$/);
    expect(await askEngine(found, 'GET', '/containers/json?all=1')).not.toContain('no room for rtre');
  });

  test('whose base image is not here says so', async () => {
    await writeFile(join(folder, 'breaks', 'Dockerfile'), 'FROM localhost:1/never-made:1\n');
    manager.resetPlugin('breaks');
    await expect(manager.executePlugin('breaks', '')).rejects.toMatchObject({
      code: 'IMAGE_BUILD_FAILED',
      advice: expect.stringMatching(/does not have that image/) as string,
    });
  });

  test('with a mistake in it is told in the words of the builder', async () => {
    await writeFile(join(folder, 'breaks', 'Dockerfile'), 'FROM scratch\nRUMM echo\n');
    manager.resetPlugin('breaks');
    await expect(manager.executePlugin('breaks', '')).rejects.toMatchObject({
      code: 'IMAGE_BUILD_FAILED',
      message: expect.stringMatching(/unknown instruction: "?RUMM/i) as string,
    });
  });
});
