import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { DapClient } from '../cli/dap-client.ts';
import { imageOf, onlyWith, testEngine } from '../container-engine.ts';
import { fixture, observed } from '../test-home.ts';
import { until } from '../until.ts';

const found = await testEngine();
/** As the plugin sees its folder. */
const FILE = '/plugin/plugin.py';

describe('a plugin in a container', onlyWith(found), () => {
  let folder: string;
  let manager: PluginManager;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulkhead-debug-contained-'));
    const contained = `path: ${fixture('plugins/is_debugged')}, isolation: docker, image: "${imageOf(found)}"`;
    await writeFile(
      join(folder, 'plugins.yaml'),
      `plugins:
  - { id: alone, ${contained}, start: spawn }
  - { id: forked, ${contained}, start: fork }
  - { id: refused, ${contained}, start: spawn }
  - { id: by_image, ${contained}, image_command: true }
`,
    );
    manager = await PluginManager.open(join(folder, 'plugins.yaml'), observed().options);
  });

  afterAll(async () => {
    await manager?.close();
    await rm(folder, { recursive: true });
  });

  test.each(['alone', 'forked'])(
    '(%s) is debugged by a port of this machine, though it has no network',
    async (plugin) => {
      const told: boolean[] = [];
      const [target] = await manager.debug(plugin, { onChange: (_, attached) => told.push(attached) });
      expect(target).toMatchObject({
        host: '127.0.0.1',
        folder: { here: fixture('plugins/is_debugged'), inside: '/plugin' },
      });
      expect(manager.plugins().find(({ id }) => id === plugin)?.instances).toMatchObject([
        { debugger: { host: '127.0.0.1', port: target?.port } },
      ]);
      {
        await using client = await DapClient.connect('127.0.0.1', target?.port ?? 0);
        await client.attach(FILE, [12]);
        const call = manager.executePlugin(plugin, { number: 21 });
        const { thread, frame, line } = await client.stopped();
        expect(line).toBe(12);
        expect(await client.evaluate('doubled', frame)).toBe('42');
        await client.request('continue', { threadId: thread });
        expect(await call).toMatchObject({ doubled: 42 });
        await client.request('disconnect');
      }
      await until(() => told.length === 2, 'the news that the debugger has left');
      expect(told).toEqual([true, false]);
      expect((await manager.debug(plugin))[0]?.port).toBe(target?.port);
    },
  );

  test('says that the port is taken here', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(manager.debug('refused', { port })).rejects.toMatchObject({
      code: 'DEBUG_FAILED',
      message: expect.stringContaining('EADDRINUSE') as string,
    });
    server.close();
    expect((await manager.debug('refused', { port }))[0]?.port).toBe(port);
  });

  test('is not debugged where its image starts it', async () => {
    await expect(manager.debug('by_image')).rejects.toMatchObject({ code: 'DEBUG_CONTAINED' });
  });
});
