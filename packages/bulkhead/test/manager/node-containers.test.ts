import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isRootless } from '../../src/engine/container-engine.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { flagsToStripTypes } from '../../src/languages/node/type-stripping.ts';
import { engineOf, imageOf, onlyWith, removeImages, testEngine } from '../container-engine.ts';
import { nodeImage } from '../node-image.ts';
import { onlyIf } from '../not-run.ts';
import { fixture, observed } from '../test-home.ts';
import { until } from '../until.ts';
import { Debugger, type Target, targetsAt } from './inspector-client.ts';

const found = await testEngine();
const node = await nodeImage(found);
const facts = typeof found === 'string' ? undefined : await engineOf(found).facts(AbortSignal.timeout(10_000));
const stripsTypes = flagsToStripTypes(process.versions.node) !== undefined;
/** Their images are built, and told from those of other runs. */
const ofImage = `of-image-${process.pid}`;
const lacking = `lacking-${process.pid}`;
const oldOne = `old-one-${process.pid}`;
const modules = `modules-${process.pid}`;
/** Says which package of its own it found, and from where. */
const WORDS = `
import { definePlugin } from '@bulkhead/plugin-sdk';
import { where } from 'words';
export default definePlugin({ actions: { execute: () => [where, import.meta.filename, process.cwd()] } });
`;

describe('a plugin of Node in a container', onlyWith(found), () => {
  const { options, lines } = observed();
  let folder: string;
  let manager: PluginManager;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulkhead-node-containers-'));
    await plugin(
      ofImage,
      { 'plugin.js': WORDS, Dockerfile: dockerfile('COPY package.json plugin.js ./\nCOPY packages node_modules') },
      'of the image',
    );
    await plugin(lacking, { 'plugin.js': WORDS, Dockerfile: dockerfile('COPY package.json plugin.js ./') }, 'left out');
    await plugin(modules, { 'plugin.js': WORDS, Dockerfile: dockerfile('COPY packages node_modules') }, 'of the image');
    await packageIn(join(folder, modules, 'node_modules'), 'of this machine');
    await plugin('typed', {
      'plugin.ts': 'const text: string = "read";\nexport default { actions: { execute: () => text } };',
    });
    await plugin(oldOne, {
      'plugin.js': WORDS,
      node: `#!/bin/sh\necho '{"language":"node","executable":"/old/node","version":"18.20.4","workingFolder":"/","holdsPlugin":false,"packages":{}}'\n`,
      Dockerfile: `FROM ${node}\nCOPY node /old/node\nENV PATH=/old:/bin\n`,
    });
    await chmod(join(folder, oldOne, 'node'), 0o755);
    const js = `path: ${fixture('plugins/in_javascript')}, isolation: docker`;
    await writeFile(
      join(folder, 'plugins.yaml'),
      `plugins:
  - { id: js, ${js}, image: "${node}", instances: { max: 2 }, env: { GIVEN: this }, may_call: [python] }
  - { id: limited, ${js}, image: "${node}"${facts?.MemoryLimit === true ? ', resources: { memory: 160MiB }' : ''} }
  - { id: python, path: ${fixture('plugins/tries')}, isolation: docker, image: "${imageOf(found)}" }
  - { id: without, ${js}, image: "${imageOf(found)}" }
  - { id: typed, path: typed, isolation: docker, image: "${node}" }
${[ofImage, lacking, modules, oldOne].map((id) => `  - { id: ${id}, path: ${id}, isolation: docker }\n`).join('')}`,
    );
    manager = await PluginManager.open(join(folder, 'plugins.yaml'), options);
  });

  afterAll(async () => {
    await manager?.close();
    for (const id of [ofImage, lacking, modules, oldOne])
      await removeImages(found, `localhost/bulkhead/${id}`).catch(() => undefined);
    await rm(folder, { recursive: true });
  });

  function dockerfile(copy: string): string {
    return `FROM ${node}\nWORKDIR /app\n${copy}\nCMD ["node", "plugin.js"]\n`;
  }

  /** Its `packages` hold one that says where it is from; a folder of the name that npm gives would not be sent to be built. */
  async function plugin(id: string, files: Readonly<Record<string, string>>, where?: string): Promise<void> {
    const path = join(folder, id);
    await mkdir(path);
    await writeFile(join(path, 'package.json'), '{ "type": "module", "bulkhead": {} }');
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
    if (where !== undefined) await packageIn(join(path, 'packages'), where);
  }

  async function packageIn(path: string, where: string): Promise<void> {
    const words = join(path, 'words');
    await mkdir(words, { recursive: true });
    await writeFile(join(words, 'package.json'), '{ "name": "words", "version": "2.1.0", "main": "words.js" }');
    await writeFile(join(words, 'words.js'), `exports.where = ${JSON.stringify(where)};`);
  }

  const call = async (action: string, input?: unknown): Promise<unknown> =>
    await manager.executePlugin('js', input, { action });
  const instanceOf = (plugin: string) => manager.plugins().find(({ id }) => id === plugin)?.instances[0];

  test('takes and gives what a process does, of the folder of this machine', async () => {
    const value = { text: 'Grüße', bytes: Uint8Array.of(1, 2, 3), when: new Date('2026-01-31T09:30:00Z') };
    expect(await call('execute', value)).toEqual(value);
    const large = Buffer.alloc(3 << 20, 'large');
    expect(large.equals((await call('execute', large)) as Uint8Array)).toBe(true);
    const chunks: unknown[] = [];
    for await (const chunk of (await call('counts', 3)) as AsyncIterable<unknown>) chunks.push(chunk);
    expect(chunks).toEqual([0, 1, 2]);
    await expect(call('fails')).rejects.toMatchObject({
      code: 'PLUGIN_RAISED',
      context: { remoteTraceback: expect.stringContaining('/plugin/plugin.js:') as string },
    });
    expect(instanceOf('js')).toMatchObject({ name: expect.stringMatching(/^container /) as string, health: 'ready' });
    expect(manager.plugins()[0]?.start).toMatchObject({
      mode: 'container',
      reason: 'a process of Node can not be forked',
    });
    const { runtime } = await manager.preparePlugin('js');
    expect(runtime).toMatchObject({ kind: 'image', node: { version: process.versions.node, origin: 'image' } });
  });

  test('writes to the log, and calls a plugin in Python in another container', async () => {
    await call('says', 'it');
    for (const said of ['careful', 'on standard output', 'on standard error'])
      await until(() => lines.some(({ msg, plugin }) => plugin === 'js' && msg === said), said);
    expect(await call('calls', { plugin: 'python', input: 'seen = 7' })).toBe(7);
  });

  test('is closed, and nobody in particular', async () => {
    const user = facts !== undefined && isRootless(facts) ? 0 : process.getuid?.() === 0 ? 65_534 : process.getuid?.();
    const program = `
      const { writeFileSync, readFileSync } = require('node:fs');
      const attempt = (path) => { try { writeFileSync(path, 'planted'); return 'written'; } catch ({ code }) { return code; } };
      const seen = ['/planted', '/plugin/planted', '/opt/bulkhead/sdk/planted', '/run/bulkhead/planted', '/tmp/planted'].map(attempt);
      const { HOME, GIVEN, A_SECRET_OF_THE_HOST } = process.env;
      console.log(JSON.stringify([process.getuid(), readFileSync('/proc/net/dev', 'utf8').split('\\n').length, HOME, GIVEN, A_SECRET_OF_THE_HOST ?? null, ...seen]));
    `;
    process.env['A_SECRET_OF_THE_HOST'] = 'hush';
    const said = JSON.parse((await call('runs', program)) as string) as unknown[];
    expect(said).toEqual([
      user,
      4,
      '/tmp',
      'this',
      null,
      expect.stringMatching(/EROFS|EACCES/),
      expect.stringMatching(/EROFS|EACCES/),
      expect.stringMatching(/EROFS|EACCES/),
      expect.stringMatching(/EROFS|EACCES|ENOENT/), // it is taken away when the plugin has connected
      'written',
    ]);
  });

  test('is cancelled while it computes, and goes on', async () => {
    const ended = manager.executePlugin('js', null, { action: 'computes', timeout: 300 });
    await expect(ended).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    expect(await call('execute', 'well')).toBe('well');
    expect(instanceOf('js')?.generation).toBe(1);
  });

  test('cleans up at a reload', async () => {
    await call('execute', 1);
    await manager.reload('js');
    await until(() => lines.some(({ msg }) => msg === 'the last line'), 'its last words');
    expect(lines.filter(({ msg }) => String(msg).includes('was ended by'))).toEqual([]);
  });

  test(
    'that takes too much memory is told so',
    onlyIf(facts?.MemoryLimit === true, 'this engine can limit nothing'),
    async () => {
      const hoards = manager.executePlugin('limited', 400 << 20, { action: 'hoards' });
      await expect(hoards).rejects.toMatchObject({
        code: 'MEMORY_LIMIT_EXCEEDED',
        message: 'Plugin "limited" was ended by its memory limit of 160 MiB.',
      });
    },
  );

  test('is debugged by a port of this machine, though it has no network', async () => {
    const changes: boolean[] = [];
    const [target] = await manager.debug('js', { onChange: (_, attached) => void changes.push(attached) });
    const here = fixture('plugins/in_javascript');
    expect(target).toMatchObject({ language: 'node', host: '127.0.0.1', folder: { here, inside: '/plugin' } });
    const [inspected] = await targetsAt(target?.port as number);
    const client = await Debugger.attach(inspected as Target);
    await until(() => changes.length === 1, 'the debugger');
    expect(await client.evaluate('process.argv[1]')).toBe('/plugin/plugin.js');
    client.leave();
    await until(() => changes.length === 2, 'its end');
  });

  test('runs from the image that holds it, with the packages of the image', async () => {
    expect(await manager.executePlugin(ofImage, null)).toEqual(['of the image', '/app/plugin.js', '/app']);
    expect((await manager.preparePlugin(ofImage)).packages).toEqual({ words: '2.1.0' });
  });

  test('runs from this machine with the packages of an image that has only those', async () => {
    expect(await manager.executePlugin(modules, null)).toEqual(['of the image', '/plugin/plugin.js', '/plugin']);
  });

  test(
    'is run in TypeScript where the Node of its image can',
    onlyIf(stripsTypes, 'this Node reads no TypeScript'),
    async () => {
      expect(await manager.executePlugin('typed', null)).toBe('read');
    },
  );

  const refused: readonly (readonly [string, string, RegExp])[] = [
    [lacking, 'PLUGIN_IMPORT_FAILED', /Cannot find package 'words' imported from \/app\/plugin\.js/],
    ['without', 'IMAGE_WITHOUT_NODE', /has no Node that runs: .*node.*not found/],
    [oldOne, 'IMAGE_NODE_TOO_OLD', /needs Node 20\.19 or later, and its image .* has 18\.20\.4/],
    ...(stripsTypes ? [] : [['typed', 'TYPESCRIPT_UNSUPPORTED', /of the image .* can't run/] as const]),
  ];

  test('is told where a package has to be installed that the image lacks', async () => {
    await expect(manager.executePlugin(lacking, null)).rejects.toMatchObject({
      advice: expect.stringMatching(/^Install words in the plugin's image: .*package\.json/) as string,
    });
  });

  test.each(refused)('that can not be started says why: %s: %s', async (id, code, says) => {
    await expect(manager.executePlugin(id, null)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(says) as string,
    });
  });
});
