import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { onlyIf, onlyOnLinux } from '../not-run.ts';
import { gone, identify } from '../processes.ts';
import { fixture, observed } from '../test-home.ts';
import { KINDS, optionsOfKinds } from './kinds.ts';

const optionsOf = await optionsOfKinds();

/** Tries what it is told, and says what came of it. */
const PLUGIN = `
  import { execFileSync } from 'node:child_process';
  import { readFileSync, writeFileSync } from 'node:fs';
  import { Agent, request } from 'node:http';
  import { definePlugin } from '@bulkhead/plugin-sdk';

  const tried = async (attempt) => {
    try {
      return (await attempt()) ?? 'done';
    } catch (error) {
      return error.code ?? error.name;
    }
  };
  // an agent of its own asks no proxy by itself
  const get = (options) =>
    new Promise((resolve, reject) => {
      request({ ...options, agent: new Agent() }, (answer) => answer.setEncoding('utf8').on('data', resolve)).on('error', reject).end();
    });

  export default definePlugin({
    actions: {
      reads: (file) => tried(() => readFileSync(file, 'utf8')),
      writes: (file) => tried(() => writeFileSync(file, 'written')),
      scratch: () => tried(() => writeFileSync(process.env.TMPDIR + '/file', 'written')),
      runs: () => tried(() => execFileSync('/bin/echo', ['run'], { encoding: 'utf8' })),
      connects: (port) => tried(() => get({ host: '127.0.0.1', port })),
      asksProxy: (port) =>
        tried(() => get({ host: '127.0.0.1', port: 3128, path: 'http://localhost:' + port + '/', headers: { host: 'localhost:' + port } })),
      fetches: (port) => tried(async () => (await fetch('http://localhost:' + port)).text()),
      limits: () => readFileSync('/proc/self/limits', 'utf8') + readFileSync('/proc/self/status', 'utf8'),
      loops() {
        for (;;);
      },
    },
  });
`;

let folder: string;
let server: Server;
let manager: PluginManager;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-node-sandbox-'));
  server = createServer((_, answer) => answer.end('served'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  for (const path of ['plugin', 'readable', 'writable', 'hidden']) await mkdir(join(folder, path));
  for (const path of ['readable', 'hidden']) await writeFile(join(folder, path, 'file'), path);
  await writeFile(join(folder, 'plugin', 'package.json'), '{ "type": "module", "bulkhead": {} }');
  await writeFile(join(folder, 'plugin', 'plugin.js'), PLUGIN);
  const files = 'read: [./readable], write: [./writable]';
  const entries = KINDS.flatMap((kind) => [
    `{ id: ${kind}, path: plugin, sandbox: ${kind}, permissions: { ${files} }, resources: { memory: 1GB } }`,
    `{ id: ${kind}_free, path: plugin, sandbox: ${kind}, permissions: { network: true, processes: true } }`,
  ]);
  const limited = '{ id: limited, path: plugin, resources: { memory: 300MiB, files: 99, cpu: 1 } }';
  const listed = `{ id: listed, path: plugin, permissions: { network: ["localhost:${portOfServer()}"] } }`;
  await writeFile(
    join(folder, 'plugins.yaml'),
    `plugins:\n${[...entries, limited, listed].map((entry) => `  - ${entry}\n`).join('')}`,
  );
  manager = await PluginManager.open(join(folder, 'plugins.yaml'), observed().options);
});

afterAll(async () => {
  await manager.close();
  server.close();
  await rm(folder, { recursive: true });
});

function portOfServer(): number {
  return (server.address() as AddressInfo).port;
}

async function tries(plugin: string, action: string, input?: unknown): Promise<unknown> {
  return await manager.executePlugin(plugin, input, { action });
}

describe.each(KINDS)('a plugin of Node in a %s sandbox', (kind) => {
  const options = optionsOf[kind];

  test('reads and writes what is permitted, and its own', options, async () => {
    expect(await tries(kind, 'reads', join(folder, 'readable', 'file'))).toBe('readable');
    expect(await tries(kind, 'writes', join(folder, 'writable', 'file'))).toBe('done');
    expect(await tries(kind, 'scratch')).toBe('done');
  });

  test('reads, writes, runs and reaches nothing else', options, async () => {
    expect(await tries(kind, 'reads', join(folder, 'hidden', 'file'))).toMatch(/^(EACCES|ENOENT)$/);
    expect(await tries(kind, 'writes', join(folder, 'readable', 'new'))).toMatch(/^(EACCES|EROFS)$/);
    expect(await tries(kind, 'writes', join(folder, 'plugin', 'plugin.js'))).toMatch(/^(EACCES|EROFS)$/);
    expect(await tries(kind, 'runs')).toMatch(/^(EPERM|EACCES)$/);
    expect(await tries(kind, 'connects', portOfServer())).not.toBe('served');
  });

  test('runs and reaches what it may', options, async () => {
    expect(await tries(`${kind}_free`, 'runs')).toBe('run\n');
    expect(await tries(`${kind}_free`, 'connects', portOfServer())).toBe('served');
  });

  test('is replaced when it can not be cancelled, and leaves nothing behind', options, async () => {
    const pid = (): number => manager.plugins().find(({ id }) => id === kind)?.instances[0]?.pid as number;
    const before = identify(pid());
    await expect(manager.executePlugin(kind, null, { action: 'loops', timeout: 100 })).rejects.toMatchObject({
      code: 'CALL_TIMEOUT',
    });
    await gone(before);
    expect(await tries(kind, 'scratch')).toBe('done');
  });

  test('goes with a killed host, even in a loop without end', options, async () => {
    const registry = join(folder, `killed-${kind}.yaml`);
    // of its own: the next host of another test would end what is left
    const home = join(folder, `home-${kind}`);
    const free = 'permissions: { processes: true, network: true }';
    const entry = `{ id: js, path: ${fixture('plugins/in_javascript')}, sandbox: ${kind}, ${free} }`;
    await writeFile(registry, `plugins:\n  - ${entry}\n`);
    const host = spawn(process.execPath, [fixture('programs/javascript-host.mjs'), registry, home, 'blocks'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: host.stdout }), 'line')) as [string];
    const [pid, child] = JSON.parse(line) as [number, number];
    const plugin = identify(pid);
    // in name spaces processes are counted anew, and end together
    const started = kind === 'floor' ? identify(child) : undefined;
    host.kill('SIGKILL');
    await gone(plugin);
    if (started === undefined) return;
    // the kernel may end the plugin before its lifeline is closed, which then ends nothing else: the next host does
    const next = await PluginManager.open(registry, { ...observed().options, home });
    try {
      await gone(started);
    } finally {
      await next.close();
    }
  });
});

test('a plugin of Node with a list of hosts reaches those, by the proxy', optionsOf.full, async () => {
  expect(await tries('listed', 'asksProxy', portOfServer())).toBe('served');
  expect(await tries('listed', 'connects', portOfServer())).toBe('ECONNREFUSED');
});

const isNew = Number(process.versions.node.split('.')[0]) >= 24;
const asksByItself = isNew ? optionsOf.full : onlyIf(false, 'only from Node 24 on fetch asks a proxy');

test('a plugin of Node with a list of hosts fetches by the proxy without a word', asksByItself, async () => {
  expect(await tries('listed', 'fetches', portOfServer())).toBe('served');
});

test(
  'a plugin of Node without permissions is kept to its limits as well',
  onlyOnLinux('the kernel holds them'),
  async () => {
    const limits = String(await tries('limited', 'limits'));
    expect(limits).toMatch(/^Max open files +99 +99 /m);
    expect(limits).toMatch(/^Cpus_allowed_list:\t\d+$/m);
    // V8 reserves more than it takes
    expect(limits).toMatch(/^Max data size +unlimited /m);
    const [instance] = manager.plugins().find(({ id }) => id === 'limited')?.instances ?? [];
    expect(instance?.limits).toMatchObject({ memory: [expect.stringMatching(/^cgroup|watchdog$/)], files: ['rlimit'] });
  },
);
