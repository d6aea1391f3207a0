import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ContainerEngine, type ContainerRequest } from '../../src/engine/container-engine.ts';
import { onlyIf } from '../not-run.ts';

/** What goes wrong between host and engine. What a real engine answers is tested with one, in manager/containers.test.ts. */
let folder: string;
let socket: string;
let server: Server | undefined;
const signal = new AbortController().signal;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-engine-'));
  socket = join(folder, 'engine.sock');
});

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

describe('an engine that can not be used is told apart from others:', () => {
  test('no socket', async () => {
    await expect(engine().facts(signal)).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      message: `No container engine answers at ${socket}: there is no such socket.`,
    });
  });

  test('a socket on which nobody listens any more', async () => {
    const listener = `require('node:net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await once(spawn(process.execPath, ['-e', listener]), 'exit');
    await expect(engine().facts(signal)).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      details: { reason: 'nobody listens on it' },
    });
  });

  test('a file', async () => {
    await writeFile(socket, '');
    await expect(engine().facts(signal)).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  });

  test('a socket that this user may not use', onlyIf(process.getuid?.() !== 0, 'root may use any socket'), async () => {
    await listen((_, response) => void response.end());
    await chmod(socket, 0);
    await expect(engine().facts(signal)).rejects.toMatchObject({ code: 'ENGINE_NOT_PERMITTED', blame: 'environment' });
  });

  test(
    'a socket that another user may use, and this one not',
    onlyIf(process.getuid?.() === 0, 'only root can be another user'),
    async () => {
      await listen((_, response) => void response.end());
      await chmod(folder, 0o755);
      await chmod(socket, 0o660);
      const program = join(folder, 'program.mjs'); // nobody else can read a checkout of root's
      const asks = `
      import { ContainerEngine } from ${JSON.stringify(fileURLToPath(new URL('../../src/engine/container-engine.ts', import.meta.url)))};
      const engine = new ContainerEngine({ socket: ${JSON.stringify(socket)}, origin: 'The test' });
      engine.facts(new AbortController().signal).catch((error) => console.log(JSON.stringify(error)));`;
      const stdin = { contents: asks, resolveDir: folder };
      await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile: program, logLevel: 'error' });
      const { stdout } = await promisify(execFile)(process.execPath, [program], { uid: 65_534, gid: 65_534, cwd: '/' });
      expect(JSON.parse(stdout)).toMatchObject({ code: 'ENGINE_NOT_PERMITTED', details: { address: socket } });
      await expect(engine().facts(signal)).rejects.toMatchObject({ code: 'ENGINE_FAILED' }); // who may use it comes further
    },
  );

  test('something else that listens there', async () => {
    await listen((_, response) => void response.end('hello'));
    await expect(engine().facts(signal)).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      details: { reason: 'what answers there is no container engine' },
    });
  });
});

describe('an engine that', () => {
  test('is newer than this client is spoken to in a version that both know, an older one in its own', async () => {
    const asked: unknown[] = [];
    let version = '9.99';
    await listen(({ url }, response) => {
      asked.push(url);
      response.setHeader('api-version', version).end('{}');
    });
    await engine().facts(signal);
    version = '1.30';
    await engine().facts(signal);
    expect(asked).toEqual(['/_ping', '/v1.47/info', '/_ping', '/v1.30/info']);
  });

  test.each([
    ['Podman, in the first version of cgroups', { Rootless: true, CgroupVersion: '1' }, false],
    ['Docker, in the first version of cgroups', { SecurityOptions: ['name=rootless'], CgroupVersion: '1' }, false],
    ['Podman, in the second', { Rootless: true, CgroupVersion: '2' }, true],
    ['nothing, as root', { Rootless: false, CgroupVersion: '1' }, true],
  ])('promises limits without root is believed where it can keep them: %s', async (_, told, expected) => {
    const limits = { MemoryLimit: true, CpuCfsQuota: true, PidsLimit: true };
    await listenAs((__, response) => response.end(JSON.stringify({ ...limits, ...told })));
    const { MemoryLimit, CpuCfsQuota, PidsLimit } = await engine().facts(signal);
    expect([MemoryLimit, CpuCfsQuota, PidsLimit]).toEqual([expected, expected, expected]);
  });

  test('refuses a request is quoted', async () => {
    await listenAs((_, response) => response.writeHead(500).end('{"message":"no space left on device"}'));
    await expect(engine().facts(signal)).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: 'The container engine could not describe itself: no space left on device.',
    });
  });

  test('goes away in the middle of an answer fails the request', async () => {
    await listenAs((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy());
    });
    await expect(engine().facts(signal)).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  });

  test('answers without end is cut off', async () => {
    await listenAs((_, response) => {
      const more = (): unknown => response.write(' '.repeat(1024 * 1024), () => !response.destroyed && more());
      more();
    });
    await expect(engine().facts(signal)).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      details: { reason: 'its answer is longer than 16 MiB' },
    });
  });

  test('answers nonsense is no reason to believe it', async () => {
    await listenAs((_, response) => response.end('<html>'));
    await expect(engine().facts(signal)).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  });

  test('never answers is waited for as long as the signal allows', async () => {
    await listenAs(() => undefined);
    const controller = new AbortController();
    const facts = engine().facts(controller.signal);
    await once(server as Server, 'request');
    await once(server as Server, 'request');
    controller.abort(new Error('enough'));
    await expect(facts).rejects.toThrow('enough');
  });

  test('makes a container after its host has given it up is told to remove it', async () => {
    const asked: unknown[] = [];
    const controller = new AbortController();
    await listenAs(({ method, url }, response) => {
      asked.push(`${method} ${url}`);
      if (method === 'POST') controller.abort(new Error('enough'));
      setImmediate(() => response.end('{"Id":"late"}'));
    });
    await expect(engine().create('given_up', {} as ContainerRequest, controller.signal)).rejects.toThrow('enough');
    expect(asked).toEqual(['POST /v1.41/containers/create?name=given_up', 'DELETE /v1.41/containers/late?force=1&v=1']);
  });
});

function engine(): ContainerEngine {
  return new ContainerEngine({ socket, origin: 'The test' });
}

async function listen(listener: RequestListener): Promise<void> {
  server = createServer(listener).listen(socket);
  await once(server, 'listening');
}

/** Something that passes for an engine. */
async function listenAs(listener: RequestListener): Promise<void> {
  await listen((request, response) => {
    response.setHeader('api-version', '1.41');
    if (request.url === '/_ping') response.end();
    else listener(request, response);
  });
}
