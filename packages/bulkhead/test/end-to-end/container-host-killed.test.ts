import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { nodeImage } from '../node-image.ts';
import { engineOf, imageOf, onlyWith, testEngine } from '../container-engine.ts';
import { fixture, observed } from '../test-home.ts';
import { until } from '../until.ts';

const found = await testEngine();
const node = await nodeImage(found);

describe('a host that is killed', onlyWith(found), () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulkhead-killed-'));
    await writeFile(
      join(folder, 'plugins.yaml'),
      `plugins:
  - { id: container, path: ${fixture('plugins/tries')}, isolation: docker, image: "${imageOf(found)}" }
  - { id: fork, path: ${fixture('plugins/tries')}, isolation: docker, image: "${imageOf(found)}", start: fork, instances: { spare: 1 } }
  - { id: node, path: ${fixture('plugins/in_javascript')}, isolation: docker, image: "${node}", hooks: [pre_process] }
`,
    );
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test.each([
    ['container', 'idle', 'seen = 1'],
    // The interpreter is held by native code, so that no Python can notice the end of the host.
    ['container', 'busy in native code', 'sum(iter(int, 1))'],
    ['fork', 'idle', 'seen = 1'],
    ['fork', 'busy in native code', 'sum(iter(int, 1))'],
    ['node', 'idle', 'seen = 1'],
    ['node', 'in a loop without an end', '', 'blocks'],
  ])(
    'takes a %s with it that is %s, and the next host removes what is left',
    async (plugin, _, code, action = 'execute') => {
      const home = join(folder, 'home');
      const program = `
      import { PluginManager } from ${JSON.stringify(fileURLToPath(new URL('../../dist/index.js', import.meta.url)))};
      const manager = await PluginManager.open(${JSON.stringify(join(folder, 'plugins.yaml'))}, { home: ${JSON.stringify(home)} });
      await manager.executePlugin(${JSON.stringify(plugin)}, 'seen = 0');
      const call = manager.executePlugin(${JSON.stringify(plugin)}, ${JSON.stringify(code)}, { action: '${action}' });
      if (${code.startsWith('seen')}) await call;
      const { instances } = manager.plugins().find(({ id }) => id === ${JSON.stringify(plugin)});
      process.stdout.write(instances[0].name.replace(/.*container /, ''));
    `;
      const host = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [name] = (await once(host.stdout, 'data')) as [Buffer];
      const engine = engineOf(found);
      const signal = new AbortController().signal;
      expect((await engine.state(String(name), signal))?.Running).toBe(true);
      host.kill('SIGKILL');
      await until(
        async () => (await engine.state(String(name), signal))?.Running === false,
        'the end of the container',
      );
      await using next = await PluginManager.open(join(folder, 'plugins.yaml'), { ...observed().options, home });
      await next.executePlugin('container', 'seen = 1');
      await until(async () => (await engine.state(String(name), signal)) === undefined, 'the removal of the container');
      const mark = String(name).replace('bulkhead-', '');
      await until(async () => !(await readdir(join(home, 'sockets'))).includes(mark), 'the removal of its sockets');
    },
  );
});
