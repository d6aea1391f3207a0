import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BulkheadError } from '../../src/errors/bulkhead-error.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { fixture, observed } from '../test-home.ts';
import { optionsOfKinds } from './kinds.ts';

const { full: options } = await optionsOfKinds();

let folder: string;
let server: Server;
let other: Server;
let manager: PluginManager;
let lines: readonly Record<string, unknown>[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-hosts-'));
  [server, other] = (await Promise.all(['listed', 'not listed'].map(serving))) as [Server, Server];
  const file = join(folder, 'plugins.yaml');
  const list = `permissions: { network: ["localhost:${portOf(server)}", "*.bulkhead.invalid"] }`;
  const entry = `path: ${fixture('plugins/confined')}, ${list}`;
  await writeFile(file, `plugins:\n  - { id: spawned, ${entry} }\n  - { id: forked, ${entry}, start: fork }\n`);
  const heard = observed();
  lines = heard.lines;
  manager = await PluginManager.open(file, heard.options);
});

afterAll(async () => {
  await manager.close();
  server.close();
  other.close();
  await rm(folder, { recursive: true });
});

async function serving(text: string): Promise<Server> {
  const made = createServer((_, answer) => answer.end(text));
  made.listen(0, '127.0.0.1');
  await once(made, 'listening');
  return made;
}

function portOf(of: Server): number {
  return (of.address() as AddressInfo).port;
}

async function call(plugin: string, action: string, input: unknown): Promise<unknown> {
  return await manager.executePlugin(plugin, input, { action });
}

async function failure(plugin: string, action: string, input: unknown): Promise<BulkheadError> {
  return await call(plugin, action, input).then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error as BulkheadError,
  );
}

describe.each(['spawned', 'forked'])('a plugin with a list of hosts, %s,', (plugin) => {
  test('reaches those, by whatever knows of proxies', options, async () => {
    expect(await call(plugin, 'fetch', { url: `http://localhost:${portOf(server)}/` })).toBe('listed');
    expect(await call(plugin, 'fetch', { url: `http://127.0.0.1:${portOf(server)}/` })).toBe('listed');
  });

  test('is denied the others, and the error names the line that is missing', options, async () => {
    const port = portOf(other);
    const error = await failure(plugin, 'fetch', { url: `http://localhost:${port}/` });
    expect(error.advice).toContain(`add "localhost:${port}"`);
    const overTls = await failure(plugin, 'fetch', { url: 'https://bulkhead.example/' });
    expect(overTls.advice).toContain('add "bulkhead.example:443"');
    expect(lines.filter((line) => line['plugin'] === plugin && line['host'] === `localhost:${port}`)).toHaveLength(1);
  });

  test('has no other way out', options, async () => {
    const direct = await failure(plugin, 'connect', { port: portOf(server) });
    expect(direct.message).toContain('[Errno 111]'); // its own loopback, where nobody listens
    const far = await failure(plugin, 'connect', { host: '192.0.2.1', port: 443 });
    expect(far.message).toContain('[Errno 101]');
    expect(far.advice).toContain('HTTP_PROXY');
    const named = await failure(plugin, 'connect', { host: 'bulkhead.invalid', port: 443 });
    expect(named.advice).toContain('HTTP_PROXY');
  });

  test('is told that a host is not there by the name that it asked for', options, async () => {
    const error = await failure(plugin, 'fetch', { url: 'http://no.bulkhead.invalid/' });
    expect(error.message).toContain("no.bulkhead.invalid can't be found");
  });
});
