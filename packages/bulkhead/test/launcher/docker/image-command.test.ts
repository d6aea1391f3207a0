import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PluginManager } from '../../../src/manager/plugin-manager.ts';
import { askEngine, imageOf, onlyWith, testEngine } from '../../container-engine.ts';
import { fixture, observed } from '../../test-home.ts';
import { until } from '../../until.ts';

const found = await testEngine();
const SDK = join(dirname(createRequire(import.meta.url).resolve('@bulkhead/plugin-sdk-python/package.json')), 'src');

/** With `image_command: true`: an SDK in the image meets the host by itself. */
describe('an image that starts its plugin itself', onlyWith(found), () => {
  const { options, lines } = observed();
  let folder: string;
  let manager: PluginManager;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulkhead-image-command-'));
    await make('usual', 'CMD ["python", "plugin.py"]');
    await make('by_shell', 'CMD python plugin.py; exit $?');
    await make('sleeps', 'CMD ["sleep", "60"]');
    await make('leaves', 'CMD ["sh", "-c", "echo nothing to do; exit 3"]');
    await make('without', '');
    await make('without_sdk', 'CMD ["python", "plugin.py"]');
    await rm(join(folder, 'without_sdk', 'plugin_sdk'), { recursive: true });
    await make('foreign', 'CMD ["python", "plugin.py"]');
    const frames = join(folder, 'foreign', 'plugin_sdk', '_wire', 'frames.py');
    const text = await readFile(frames, 'utf8');
    await writeFile(frames, text.replace('PROTOCOL_RANGE = (1, 1)', 'PROTOCOL_RANGE = (7, 9)'));
    const fields = 'isolation: docker, image_command: true';
    const others = ['by_shell', 'leaves', 'without', 'without_sdk', 'foreign'];
    await writeFile(
      join(folder, 'plugins.yaml'),
      `plugins:
  - { id: usual, path: usual, ${fields}, instances: { max: 2 }, env: { GIVEN: this }, config: { depth: 3 } }
  - { id: sleeps, path: sleeps, ${fields}, timeouts: { start: 2s } }
${others.map((id) => `  - { id: ${id}, path: ${id}, ${fields} }\n`).join('')}`,
    );
    manager = await PluginManager.open(join(folder, 'plugins.yaml'), options);
  });

  afterAll(async () => {
    await manager?.close();
    const images = await askEngine(found, 'GET', '/images/json').catch(() => '[]');
    const tags = (JSON.parse(images) as { RepoTags?: string[] | null }[]).flatMap(({ RepoTags }) => RepoTags ?? []);
    for (const tag of tags.filter((name) => made.some((id) => name.startsWith(`localhost/bulkhead/${id}:`))))
      await askEngine(found, 'DELETE', `/images/${tag}?force=1`).catch(() => undefined);
    await rm(folder, { recursive: true });
  });

  const made: string[] = [];

  /** The folder of a plugin with the SDK beside it, as an image would have it installed. */
  async function make(id: string, command: string): Promise<void> {
    made.push(id);
    const path = join(folder, id);
    await mkdir(path);
    await cp(join(SDK, 'plugin_sdk'), join(path, 'plugin_sdk'), { recursive: true });
    const plugin = await readFile(fixture('plugins/tries/plugin.py'), 'utf8');
    await writeFile(join(path, 'plugin.py'), `import logging\n${plugin}`);
    await writeFile(
      join(path, 'Dockerfile'),
      `FROM ${imageOf(found)}\nENV CMD_OF=image\nWORKDIR /app\nCOPY . .\n${command}\n`,
    );
  }

  const tried = async (plugin: string, code: string): Promise<unknown> => await manager.executePlugin(plugin, code);
  const instances = (plugin: string) => manager.plugins().find(({ id }) => id === plugin)?.instances ?? [];

  test('is an instance like any other', async () => {
    const code = `
import logging, os, sys
logging.getLogger("own").info("from logging")
print("to standard output")
seen = [os.environ["CMD_OF"], os.environ["GIVEN"], "BULKHEAD_ENDPOINT" in os.environ, sys.argv, os.path.exists("/opt/bulkhead")]`;
    expect(await tried('usual', code)).toEqual(['image', 'this', false, ['plugin.py'], false]);
    expect(instances('usual')[0]).toMatchObject({
      name: expect.stringMatching(/^container /) as string,
      health: 'ready',
    });
    expect(manager.plugins()[0]?.start).toMatchObject({ mode: 'container', reason: 'its image starts it' });
    for (const said of ['from logging', 'to standard output'])
      await until(() => lines.some(({ msg, plugin }) => plugin === 'usual' && msg === said), said);
  });

  test('is interrupted in a system call, and goes on', async () => {
    const call = manager.executePlugin('usual', 'import time; time.sleep(60)', { timeout: 300 });
    await expect(call).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    expect(await tried('usual', 'seen = "well"')).toBe('well');
    expect(instances('usual')[0]?.generation).toBe(1);
  });

  test('is as well one whose shell starts the plugin, which the interrupt of a call leaves alone', async () => {
    expect(await tried('by_shell', 'seen = 1')).toBe(1);
    const ended = manager.executePlugin('by_shell', 'import time; time.sleep(60)', { timeout: 300 });
    await expect(ended).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    expect(await tried('by_shell', 'seen = 2')).toBe(2);
  });

  test('cleans up when it is stopped, and leaves with status 0', async () => {
    await tried('usual', 'import atexit; atexit.register(print, "the end"); seen = 1');
    await manager.reload('usual');
    await until(() => lines.some(({ msg }) => msg === 'the end'), 'what it has registered');
    expect(lines.filter(({ msg }) => String(msg).includes('was ended by'))).toEqual([]);
  });

  test.each([
    ['sleeps', 'IMAGE_COMMAND_UNCONNECTED', /it runs, and has not done so within 2 s/],
    ['leaves', 'IMAGE_COMMAND_UNCONNECTED', /it exited with status 3/],
    ['without', 'IMAGE_COMMAND_UNCONNECTED', /it has none|it exited with status 0/],
    ['without_sdk', 'IMAGE_COMMAND_UNCONNECTED', /it exited with status 1/],
    ['foreign', 'PROTOCOL_MISMATCH', /7 to 9/],
  ])('that %s is refused: %s', async (plugin, code, says) => {
    await expect(tried(plugin, '')).rejects.toMatchObject({ code, message: expect.stringMatching(says) as string });
  });
});
