import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PluginManager } from 'bulkhead';
import type * as Addresses from '../packages/bulkhead/src/engine/engine-address.ts';
import type { Figure } from './figure.ts';
import { benchFile } from './floor-process.ts';
import { onOneProcessor } from './one-processor.ts';
import { median, summarize } from './statistics.ts';

const START_ROUNDS = 11;
const FORK_ROUNDS = 21;
const CALL_ROUNDS = 9;
const CALLS = 2_000;
const GOALS = { start: 1.2, call: 1.1, fork: 4 } as const;
/** Limits cost the engine what they cost: the floor has the same. */
const LIMITS = 'resources: { memory: 256MiB, cpu: 1 }';

/**
 * Measures what a container adds: to a start, to a fork and to a warm call, each beside the same plugin in a process and, of a
 * start, beside what the engine takes by itself.
 *
 * @returns why nothing was measured, where there is no engine or no image with a Python
 */
export async function containers(home: string): Promise<readonly Figure[] | string> {
  const engine = await findEngine();
  if (typeof engine === 'string') return engine;
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-bench-containers-'));
  const registry = join(folder, 'plugins.yaml');
  const echo = `path: ${benchFile('plugins/echo')}`;
  const contained = `isolation: docker, image: "${engine.image}"`;
  await writeFile(
    registry,
    `plugins:
  - { id: process, ${echo}, start: spawn }
  - { id: container, ${echo}, ${contained}, ${LIMITS}, start: spawn }
  - { id: unlimited, ${echo}, ${contained}, start: spawn }
  - { id: forked, ${echo}, start: fork }
  - { id: forked_inside, ${echo}, ${contained}, start: fork }
`,
  );
  const open = (): Promise<PluginManager> =>
    PluginManager.open(registry, { home, variables: { ...process.env, BULKHEAD_LOG: 'silent' } });
  try {
    return [await starts(engine, open), await forks(open), await warmCalls(open)];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function starts(engine: Engine, open: () => Promise<PluginManager>): Promise<Figure> {
  const own: number[] = [];
  const alone: number[] = [];
  const processes: number[] = [];
  for (let round = -1; round < START_ROUNDS; round += 1) {
    await using manager = await open();
    const inProcess = await timed(() => manager.executePlugin('process', 'first'));
    const inContainer = await timed(() => manager.executePlugin('container', 'first'));
    const byEngine = await engine.startLike(nameOf(manager, 'container'));
    if (round < 0) continue; // the image is asked, and the environment built
    own.push(inContainer);
    alone.push(byEngine);
    processes.push(inProcess);
  }
  const floor = summarize(alone.map((time, round) => time + (processes[round] ?? 0)));
  const ours = summarize(own);
  return {
    name: 'container_start_ratio',
    unit: 'ratio',
    value: ours.p50 / floor.p50,
    goal: { atMost: GOALS.start },
    ours,
    floor,
    what: `ms to the first result of a plugin in a container of its own, image known; floor: the engine's create and start of the same container (${median(alone).toFixed(0)} ms) and the same plugin's start in a process (${median(processes).toFixed(0)} ms); in turns, ${START_ROUNDS} rounds`,
  };
}

async function forks(open: () => Promise<PluginManager>): Promise<Figure> {
  const times: Record<'forked' | 'forked_inside', number[]> = { forked: [], forked_inside: [] };
  for (let round = -1; round < FORK_ROUNDS; round += 1) {
    // A new manager each time: a plugin that has crashed several times has to wait for its next start.
    await using manager = await open();
    for (const plugin of ['forked', 'forked_inside'] as const) {
      await manager.startPlugin(plugin);
      process.kill(instanceOf(manager, plugin).pid as number, 'SIGKILL');
      // After a crash the next start is delayed, which is not measured.
      for (const state of ['waiting', 'idle'])
        while (statusOf(manager, plugin)?.state !== state) await new Promise((resolve) => setTimeout(resolve, 10));
      const time = await timed(() => manager.executePlugin(plugin, 'first'));
      if (round >= 0) times[plugin].push(time);
    }
  }
  const ours = summarize(times.forked_inside);
  const floor = summarize(times.forked);
  return {
    name: 'container_fork_ratio',
    unit: 'ratio',
    value: ours.p50 / floor.p50,
    goal: { atMost: GOALS.fork },
    ours,
    floor,
    what: `ms from asking for an instance to its first result, forked in a running container; floor: forked outside; in turns, ${FORK_ROUNDS} rounds`,
  };
}

async function warmCalls(open: () => Promise<PluginManager>): Promise<Figure> {
  await using manager = await open();
  const payload = Buffer.alloc(64, 'x');
  const plugins = ['process', 'unlimited'] as const;
  for (const plugin of plugins) await manager.startPlugin(plugin);
  const pids = plugins.map((plugin) => instanceOf(manager, plugin).pid as number);
  const times: Record<(typeof plugins)[number], number[]> = { process: [], unlimited: [] };
  const ratios: number[] = [];
  await onOneProcessor(pids, async () => {
    for (let round = -1; round < CALL_ROUNDS; round += 1) {
      const medians: number[] = [];
      for (const plugin of plugins) {
        const durations: number[] = [];
        for (let call = 0; call < CALLS; call += 1)
          durations.push(1_000 * (await timed(() => manager.executePlugin(plugin, payload))));
        if (round >= 0) times[plugin].push(...durations);
        medians.push(median(durations));
      }
      if (round >= 0) ratios.push((medians[1] ?? 0) / (medians[0] ?? 1));
    }
  });
  const codecs = plugins.map((plugin) => instanceOf(manager, plugin).codec).join(' and ');
  return {
    name: 'container_warm_call_ratio',
    unit: 'ratio',
    value: median(ratios),
    goal: { atMost: GOALS.call },
    ours: summarize(times.unlimited),
    floor: summarize(times.process),
    what: `64 bytes there and back to a plugin in a container, µs; floor: to the same in a process (codecs: ${codecs}); on one processor, where \`taskset\` is there; ${CALL_ROUNDS} rounds of ${CALLS}`,
  };
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await action();
  return performance.now() - began;
}

function statusOf(manager: PluginManager, plugin: string) {
  return manager.plugins().find(({ id }) => id === plugin);
}

function instanceOf(manager: PluginManager, plugin: string) {
  const instance = statusOf(manager, plugin)?.instances[0];
  if (instance === undefined) throw new Error(`plugin ${plugin} has no instance`);
  return instance;
}

function nameOf(manager: PluginManager, plugin: string): string {
  return instanceOf(manager, plugin).name.replace('container ', '');
}

/** The engine that Bulkhead would use, without Bulkhead. */
class Engine {
  readonly image: string;
  readonly #socket: string;

  constructor(socket: string, image: string) {
    this.#socket = socket;
    this.image = image;
  }

  /** Milliseconds that it takes to make and start a container like that one, which only sleeps. */
  async startLike(container: string): Promise<number> {
    const { Config, HostConfig } = (await ask(this.#socket, 'GET', `/containers/${container}/json`)) as {
      Config: object;
      HostConfig: { Mounts: { Source: string }[] };
    };
    // The folder of the sockets is gone once the plugin has connected.
    const Mounts = HostConfig.Mounts.map((mount) =>
      existsSync(mount.Source) ? mount : { ...mount, Source: tmpdir() },
    );
    const wanted = {
      ...Config,
      Hostname: '',
      Entrypoint: ['sleep'],
      Cmd: ['60'],
      HostConfig: { ...HostConfig, Mounts },
    };
    let id = '';
    const time = await timed(async () => {
      ({ Id: id } = (await ask(this.#socket, 'POST', '/containers/create', wanted)) as { Id: string });
      await ask(this.#socket, 'POST', `/containers/${id}/start`);
    });
    await ask(this.#socket, 'DELETE', `/containers/${id}?force=1&v=1`);
    return time;
  }
}

/** @returns why there is none to measure with */
async function findEngine(): Promise<Engine | string> {
  try {
    const address = benchFile('../packages/bulkhead/dist/engine/engine-address.js');
    const { engineAddress } = (await import(address)) as typeof Addresses;
    const { socket } = engineAddress(process.env);
    const named = process.env['BULKHEAD_BENCH_IMAGE'];
    if (named !== undefined) return new Engine(socket, named);
    const images = (await ask(socket, 'GET', '/images/json')) as { RepoTags?: string[] | null }[];
    const tags = images.flatMap(({ RepoTags }) => RepoTags ?? []);
    const image = tags.find((tag) => /(^|\/)python:3/.test(tag));
    return image === undefined
      ? 'the container engine has no image `python:3…`, and BULKHEAD_BENCH_IMAGE names none'
      : new Engine(socket, image);
  } catch (error) {
    return `no container engine answers: ${(error as Error).message}`;
  }
}

async function ask(socketPath: string, method: string, path: string, body?: object): Promise<unknown> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = { host: 'engine', ...(text === undefined ? {} : { 'content-type': 'application/json' }) };
  return await new Promise<unknown>((resolve, reject) => {
    const sent = request({ socketPath, method, path, headers }, (response) => {
      let answer = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
      response.once('end', () => {
        if ((response.statusCode ?? 500) >= 400) reject(new Error(`${method} ${path}: ${answer}`));
        else resolve(answer === '' ? undefined : JSON.parse(answer));
      });
    });
    sent.once('error', reject);
    sent.end(text);
  });
}
