import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Resolution, ResolutionRequest } from '../../src/conflicts/resolver.ts';
import { KeptResolutions, type Question } from '../../src/environment/uv/kept-resolutions.ts';
import { UvResolver } from '../../src/environment/uv/uv-resolver.ts';
import { Workbench } from './workbench.ts';

const request: ResolutionRequest = {
  plugins: [{ id: 'one', requirements: ['six'], unnamed: [] }],
  python: '3.11.7',
  asOf: undefined,
  settings: {},
  mayBuild: false,
};
const question: Question = { request, resolver: 'uv 0.13.9', python: ['3.11.7'], index: {} };
const answer: Resolution = { outcome: 'resolved', python: '3.11.7', packages: [] };

describe('answers of the resolver', () => {
  let folder: string;
  let kept: KeptResolutions;

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'bulkhead-kept-')), 'answers');
    kept = new KeptResolutions(folder);
  });

  afterEach(async () => {
    vi.useRealTimers();
    await rm(join(folder, '..'), { recursive: true });
  });

  test('are found by all that decides them', async () => {
    await kept.keep(question, answer);
    expect(await kept.find(question)).toEqual(answer);
    for (const other of [
      { ...question, resolver: 'uv 0.14.0' },
      { ...question, index: { UV_DEFAULT_INDEX: 'https://packages.example/simple' } },
      { ...question, python: ['3.11.8'] },
      { ...question, request: { ...request, mayBuild: true } },
      { ...question, request: { ...request, plugins: [{ id: 'one', requirements: ['six<2'], unnamed: [] }] } },
    ])
      expect(await kept.find(other)).toBeUndefined();
  });

  test('hold on their day, and longer for a day that is over', async () => {
    const past = { ...question, request: { ...request, asOf: '2024-05-01' } };
    await kept.keep(question, answer);
    await kept.keep(past, answer);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 24 * 3_600_000 });
    expect(await kept.find(question)).toBeUndefined();
    expect(await kept.find(past)).toEqual(answer);
  });

  test('are not kept where somebody did not answer, or where a folder of this disk has a part in them', async () => {
    await kept.keep(question, { outcome: 'failed', python: '3.11.7', reason: 'no network' });
    for (const plugin of [
      { id: 'one', requirements: ['x @ file:///tmp/x'], unnamed: [] },
      { id: 'one', requirements: [], unnamed: ['https://host/x.whl'] },
    ])
      await kept.keep({ ...question, request: { ...request, plugins: [plugin] } }, answer);
    await kept.keep({ ...question, index: { UV_FIND_LINKS: '/opt/wheels' } }, answer);
    await kept.keep({ ...question, request: { ...request, settings: { sources: { x: { path: '../x' } } } } }, answer);
    expect(await readdir(folder).catch(() => [])).toEqual([]);
    await kept.keep(question, { outcome: 'failed', python: '3.11.7', reason: 'no wheel', unbuilt: 'x' });
    expect(await readdir(folder)).toHaveLength(1);
  });

  test('go when nobody has asked for them in a week; damaged ones are asked again', async () => {
    await kept.keep(question, answer);
    const [name = ''] = await readdir(folder);
    await writeFile(join(folder, name), '{"outcome": ');
    expect(await kept.find(question)).toBeUndefined();
    await utimes(join(folder, name), new Date(), new Date(Date.now() - 8 * 24 * 3_600_000));
    await new KeptResolutions(folder).keep({ ...question, resolver: 'uv 0.14.0' }, answer);
    expect(await readdir(folder)).not.toContain(name);
  });
});

describe('a resolver', () => {
  let bench: Workbench;
  let server: Server;
  let asked: number;

  beforeEach(async () => {
    bench = await Workbench.open();
    asked = 0;
    server = createServer((_, response) => {
      asked += 1;
      response.writeHead(404).end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as { port: number };
    Object.assign(bench.variables, { UV_DEFAULT_INDEX: `http://127.0.0.1:${port}/simple` });
  });

  afterEach(async () => {
    server.close();
    await bench.close();
  });

  test('asks once a day, and again when it is told to', async () => {
    const { signal } = new AbortController();
    const resolve = async (refresh: boolean): Promise<Resolution> => {
      const resolver = new UvResolver({ state: bench.state, variables: bench.variables, refresh });
      const [python = ''] = await resolver.pythons(signal);
      return await resolver.resolve({ ...request, python }, signal);
    };
    const first = await resolve(false);
    expect(first).toMatchObject({ outcome: 'unsolvable', missing: { name: 'six' } });
    const once = asked;
    expect(once).toBeGreaterThan(0);
    expect(await resolve(false)).toEqual(first);
    expect(asked).toBe(once);
    await resolve(true);
    expect(asked).toBeGreaterThan(once);
  });
});
