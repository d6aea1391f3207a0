import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ContainerEngine, type ImageFacts } from '../../src/engine/container-engine.ts';
import { ImageQuestions } from '../../src/environment/image/ask-image.ts';
import { StateFolder } from '../../src/environment/state-folder.ts';
import type { PluginSpec } from '../../src/registry/plugin-spec.ts';

const IMAGE: ImageFacts = { Id: 'sha256:1', Os: 'linux', Architecture: 'amd64', Config: null };
const specOf = (language: string): PluginSpec =>
  ({ id: 'boxed', environment: { language }, launch: { entryPoint: { file: 'plugin' } } }) as unknown as PluginSpec;
let folder: string;
let server: Server;
let refusal = '';

/** Something that passes for an engine, and starts no container. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-image-'));
  server = createServer((request, response) => {
    response.setHeader('api-version', '1.41');
    if (request.url?.includes('/containers/create') === true)
      response.writeHead(500).end(JSON.stringify({ message: refusal }));
    else response.end('{}');
  }).listen(join(folder, 'engine.sock'));
  await once(server, 'listening');
});

afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

/** Refusals as runc and crun write them, under Docker and Podman. */
test.each([
  ['IMAGE_WITHOUT_NODE', 'user', 'exec: "node": executable file not found in $PATH: unknown'],
  ['IMAGE_WITHOUT_PYTHON', 'user', 'exec: "python3": executable file not found in $PATH: unknown'],
  ['IMAGE_WITHOUT_PYTHON', 'user', 'crun: executable file `python` not found in $PATH: No such file or directory'],
  ['IMAGE_WITHOUT_PYTHON', 'user', 'unable to find user app: no matching entries in passwd file'],
  ['ENGINE_FAILED', 'environment', 'crun: setrlimit `RLIMIT_NOFILE`: Operation not permitted: OCI permission denied'],
  ['ENGINE_FAILED', 'environment', 'container create: no space left on device'],
])('%s, and the fault of the %s: %s', async (code, blame, message) => {
  refusal = message;
  const questions = new ImageQuestions(StateFolder.of({ BULKHEAD_HOME: join(folder, 'home') }), undefined);
  const engine = new ContainerEngine({ socket: join(folder, 'engine.sock'), origin: 'The test' });
  const spec = specOf(code === 'IMAGE_WITHOUT_NODE' ? 'node' : 'python');
  const asked = questions.ask(spec, 'some:image', IMAGE, engine, new AbortController().signal);
  await expect(asked).rejects.toMatchObject({ code, blame, message: expect.stringContaining(message) as string });
});
