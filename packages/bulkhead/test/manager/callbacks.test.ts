import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Logger } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import type { PluginObserver } from '../../src/manager/plugin-observer.ts';
import { fixture, observed, TEST_HOME } from '../test-home.ts';
import { until } from '../until.ts';
import { CallbackWarnings } from '../warnings.ts';

const broken = (): never => {
  throw new Error('the disk is full');
};

let warnings: CallbackWarnings;
let manager: PluginManager;

beforeEach(() => {
  warnings = new CallbackWarnings();
});

afterEach(async () => {
  await manager.close();
  warnings[Symbol.dispose]();
});

describe('a logger that throws', () => {
  test.each([
    ['at once', broken],
    ['later', async () => broken()],
  ])('%s costs the plugin nothing that it prints or logs, and is told of once', async (_, log) => {
    let lines = 0;
    const failing = (): unknown => {
      lines += 1;
      return log();
    };
    const logger = { debug: failing, info: failing, warn: failing, error: failing } as unknown as Logger;
    manager = new PluginManager({ home: TEST_HOME, logger });
    const id = await manager.loadPlugin(fixture('plugins/prints'));
    expect(await manager.executePlugin(id, 2_000)).toBe(2_000);
    expect(await manager.executePlugin(id, null, { action: 'logs' })).toBe('logged');
    await until(() => lines > 2_000, 'all that the plugin has printed');
    await until(() => warnings.messages.length > 0, 'the warning');
    expect(warnings.messages).toEqual([expect.stringMatching(/the logger.*the disk is full/)]);
  });

  test('and has no method for a level is told of, too', async () => {
    manager = new PluginManager({ home: TEST_HOME, logger: {} as Logger });
    const id = await manager.loadPlugin(fixture('plugins/prints'));
    expect(await manager.executePlugin(id, 10)).toBe(10);
    await until(() => warnings.messages.length > 0, 'the warning');
  });
});

describe('a progress listener that throws', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulkhead-callbacks-'));
    const registry = join(folder, 'plugins.yaml');
    await writeFile(registry, `plugins:\n  - { id: prints, path: ${fixture('plugins/prints')}, environment: venv }\n`);
    manager = await PluginManager.open(registry, { ...observed().options, home: join(folder, 'home') });
  });

  afterEach(async () => {
    await manager.close();
    await rm(folder, { recursive: true, maxRetries: 5 });
  });

  test('fails neither the build that it listens to nor others who wait for that', async () => {
    const heard: string[] = [];
    const both = [
      manager.preparePlugin('prints', broken),
      manager.preparePlugin('prints', ({ step }) => heard.push(step)),
    ];
    const [one, other] = await Promise.all(both);
    expect(one).toBe(other);
    expect(one?.built).toBe(true);
    expect(heard.length).toBeGreaterThan(0);
    await manager.reload('prints', { onProgress: broken });
    await until(() => warnings.messages.length > 0, 'the warning');
    expect(warnings.messages[0]).toMatch(/progress of preparePlugin\("prints"\).*the disk is full/);
  });
});

describe('a listener to the progress of a call', () => {
  test('whose promise rejects ends its call by that, and nothing else', async () => {
    manager = new PluginManager(observed().options);
    const id = await manager.loadPlugin(fixture('plugins/reports'));
    // Typed as a callback that answers nothing, an async function is taken all the same.
    const onProgress = (async () => broken()) as () => unknown as () => void;
    await expect(manager.executePlugin(id, null, { onProgress })).rejects.toThrow('the disk is full');
    expect(await manager.executePlugin(id, null, { action: 'seconds_left' })).toBeGreaterThan(0);
  });
});

describe('observers', () => {
  test('that throw fail nothing, each is told of once, and others hear all the same', async () => {
    const heard: string[] = [];
    const all = new Proxy({} as PluginObserver, { get: () => broken });
    const hearing: PluginObserver = {
      instanceStarted: (plugin) => heard.push(`${plugin} started`),
      callEnded: (plugin, action, outcome) => heard.push(`${plugin}.${action} ${outcome}`),
      leaseGranted: (resource, owner) => heard.push(`${owner} has ${resource}`),
      leaseEnded: (resource, _, outcome) => heard.push(`${resource} ${outcome}`),
      hooksRan: (event, hooks) => heard.push(`${event} ${hooks.join()}`),
      cacheMissed: (plugin, action) => heard.push(`${plugin}.${action} missed`),
      cacheHit: (plugin, action) => heard.push(`${plugin}.${action} hit`),
    };
    manager = new PluginManager({ ...observed().options, observers: [all, hearing] });
    const id = await manager.loadPlugin(fixture('plugins/pure'));
    for (const input of ['a', 'a', 'b']) await manager.executePlugin(id, input);
    manager.registerHook('event', function twice(data: number) {
      return data * 2;
    });
    expect(await manager.executeHooks('event', 21)).toBe(42);
    (await manager.resources.acquire('job', 'door')).release();
    expect(manager.resources.status()).toEqual([]);
    expect(heard.toSorted()).toEqual(
      [
        'door released',
        'event host.twice',
        'job has door',
        `${id} started`,
        ...Array.from({ length: 2 }, () => `${id}.execute ok`),
        `${id}.execute hit`,
        ...Array.from({ length: 2 }, () => `${id}.execute missed`),
      ].toSorted(),
    );
    const names = (): readonly string[] =>
      warnings.messages.map((message) => /observers\[0\], (\w+)/.exec(message)?.[1] ?? message);
    await until(() => names().includes('leaseEnded'), 'the last warning');
    const told = names();
    expect(new Set(told).size).toBe(told.length);
    expect(told).toEqual(
      expect.arrayContaining(['instanceStarted', 'callEnded', 'cacheHit', 'leaseGranted', 'hooksRan']),
    );
  });
});

describe('what a call is given', () => {
  let id: string;

  beforeEach(async () => {
    manager = new PluginManager(observed().options);
    id = await manager.loadPlugin(fixture('plugins/echo'));
  });

  test('may hold a getter that throws: that call fails, those sent with it do not', async () => {
    const data = {
      get value(): never {
        return broken();
      },
    };
    const calls = [1, 2, 3].map((number) => manager.executePlugin(id, number === 2 ? data : { number }));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('is closed where a later part of it throws when it is looked at', async () => {
    const source = Readable.from([1, 2, 3]);
    const data = {
      rows: source,
      get more(): never {
        return broken();
      },
    };
    await expect(manager.executePlugin(id, data)).rejects.toThrow('the disk is full');
    await until(() => source.destroyed, 'the end of the source');
  });

  test('may be a stream whose iteration throws', async () => {
    const data = { [Symbol.asyncIterator]: broken };
    await expect(manager.executePlugin(id, data)).rejects.toThrow('the disk is full');
  });

  test('with options that throw fails itself', async () => {
    const options = {
      get timeout(): never {
        return broken();
      },
    };
    await expect(manager.executePlugin(id, null, options)).rejects.toThrow('the disk is full');
  });

  test.each([[{}], [null], ['soon'], [new AbortController()]])('a signal %j is refused', async (given) => {
    const signal = given as unknown as AbortSignal;
    const refusal = { code: 'ARGUMENT_INVALID', details: { argument: 'signal' } };
    await expect(manager.executePlugin(id, null, { signal })).rejects.toMatchObject(refusal);
    await expect(manager.executeHooks('event', null, { signal })).rejects.toMatchObject(refusal);
    await expect(manager.resources.acquire('job', 'door', { signal })).rejects.toMatchObject(refusal);
    await expect(manager.debug(id, { signal })).rejects.toMatchObject(refusal);
    expect(manager.resources.status()).toEqual([]);
  });

  test('may share one signal with any number of calls, without a warning of Node', async () => {
    const seen: string[] = [];
    const onWarning = ({ name }: Error): void => void seen.push(name);
    process.on('warning', onWarning);
    const { signal } = new AbortController();
    const calls = Array.from({ length: 20 }, (_, number) => manager.executePlugin(id, number, { signal }));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 20 }, (_, number) => number));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(seen).toEqual([]);
  });
});
