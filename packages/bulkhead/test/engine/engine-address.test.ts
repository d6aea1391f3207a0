import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineAddress } from '../../src/engine/engine-address.ts';
import { isBulkheadError } from '../../src/errors/bulkhead-error.ts';

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'bulkhead-engine-'));
  await context('rootless', 'unix:///run/user/1000/docker.sock');
  await context('farm', 'ssh://build@farm');
  await mkdir(join(home, 'runtime', 'podman'), { recursive: true });
});

afterAll(async () => {
  await rm(home, { recursive: true });
});

describe('an engine is found', () => {
  test('by DOCKER_HOST, before any context', () => {
    expect(engineAddress({ HOME: home, DOCKER_HOST: 'unix:///tmp/own.sock', DOCKER_CONTEXT: 'rootless' })).toEqual({
      socket: '/tmp/own.sock',
      origin: 'DOCKER_HOST',
    });
  });

  test('by the context of DOCKER_CONTEXT, before the one in use', async () => {
    await use('farm');
    expect(engineAddress({ HOME: home, DOCKER_CONTEXT: 'rootless' }).socket).toBe('/run/user/1000/docker.sock');
  });

  test('by the context in use, also from another folder of settings', async () => {
    await use('rootless');
    expect(engineAddress({ HOME: home }).socket).toBe('/run/user/1000/docker.sock');
    const variables = { HOME: '/nowhere', DOCKER_CONFIG: join(home, '.docker') };
    expect(engineAddress(variables).origin).toBe('The context "rootless"');
  });

  test.each(['default', 'never-made'])('in the usual place with the context %s', (name) => {
    expect(engineAddress({ HOME: home, DOCKER_CONTEXT: name }).origin).toBe('The usual place');
  });

  test('in the usual place if the settings are damaged', async () => {
    await writeFile(join(home, '.docker', 'config.json'), '{"currentContext": ["rootless"');
    expect(engineAddress({ HOME: home }).origin).toBe('The usual place');
  });
});

describe('an engine that is reached over a network is refused', () => {
  test.each(['tcp://127.0.0.1:2375', 'ssh://build@farm', 'npipe:////./pipe/docker_engine', 'unix://', 'docker.sock'])(
    '%s',
    (address) => {
      const error = failureOf(() => engineAddress({ HOME: home, DOCKER_HOST: address }));
      expect(error).toMatchObject({ code: 'ENGINE_ELSEWHERE', details: { address, origin: 'DOCKER_HOST' } });
    },
  );

  test('by a context, which it names', async () => {
    await use('farm');
    const error = failureOf(() => engineAddress({ HOME: home }));
    expect(error?.message).toContain('The context "farm" names the container engine ssh://build@farm');
  });
});

function failureOf(action: () => unknown) {
  try {
    action();
  } catch (error) {
    if (isBulkheadError(error)) return error;
  }
  return undefined;
}

async function use(name: string): Promise<void> {
  await writeFile(join(home, '.docker', 'config.json'), JSON.stringify({ currentContext: name }));
}

/** As `docker context create` writes one. */
async function context(name: string, host: string): Promise<void> {
  const folder = join(home, '.docker', 'contexts', 'meta', createHash('sha256').update(name).digest('hex'));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }));
}
