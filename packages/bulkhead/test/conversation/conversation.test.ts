import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExecuteOptions } from '../../src/manager/execute-options.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { DapClient } from '../cli/dap-client.ts';
import { onlyInLongRuns, onlyOnLinux } from '../not-run.ts';
import { fixture, observed } from '../test-home.ts';
import { until, untilHolds } from '../until.ts';
import { needs, SPEAKERS } from './speakers.ts';

const LIMITS = { frame: '1MB' };
const OVER_THE_LIMIT = 1_100_000;

for (const speaker of SPEAKERS)
  describe(speaker.name, () => {
    let folder: string;
    let manager: PluginManager;
    let lines: Record<string, unknown>[];

    // one instance for all tests: those that end it find the next one started
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'bulkhead-conversation-'));
      const has = (part: 'configuration' | 'host calls' | 'hooks'): boolean => speaker.lacks[part] === undefined;
      const timeouts = { cancel_grace: '500ms' };
      const plugin = {
        id: 'it',
        ...speaker.entry,
        limits: LIMITS,
        timeouts,
        ...(has('configuration') ? { config: { shelf: 7 } } : {}),
        ...(has('host calls') ? { may_call: ['echo'] } : {}),
        ...(has('hooks') ? { hooks: ['converse'] } : {}),
      };
      const file = join(folder, 'plugins.yaml');
      const refuses = { ...plugin, id: 'refuses', hooks: [], config: { refuse: 'no model at /models' } };
      const plugins = [
        plugin,
        ...(has('configuration') ? [refuses] : []),
        { id: 'echo', path: fixture('plugins/echo') },
      ];
      await writeFile(file, JSON.stringify({ plugins }));
      const { options, lines: observedLines } = observed();
      lines = observedLines;
      manager = await PluginManager.open(file, options);
      await manager.startPlugin('it');
    });

    afterAll(async () => {
      await manager.close();
      await rm(folder, { recursive: true });
    });

    const call = async (action: string, input: unknown = null, options: ExecuteOptions = {}): Promise<unknown> =>
      await manager.executePlugin('it', input, { ...(action === 'execute' ? {} : { action }), ...options });
    const stream = async (action: string, input: unknown = null): Promise<AsyncGenerator<unknown>> =>
      (await call(action, input)) as AsyncGenerator<unknown>;
    const instance = () => manager.plugins()[0]?.instances[0];
    const isRunning = async (count = 1): Promise<unknown> =>
      await until(() => instance()?.inFlight === count, 'the call');

    describe('values', () => {
      test.each([
        ['nothing', null],
        ['text', 'häßlich 🎉'],
        ['a float', 0.1],
        ['nested data', { list: [1, [2.5, { three: true }]], empty: {} }],
      ])('come back as they were: %s', async (_, value) => {
        expect(await call('execute', value)).toEqual(value);
      });

      test.each([
        ['a large integer', 2n ** 63n - 1n],
        ['a date', new Date(1_700_000_000_123)],
        ['bytes', new Uint8Array([0, 1, 255])],
        ['a typed array', new Float32Array([1.5, -2])],
      ])('come back as they were: %s', needs(speaker, 'all values'), async (_, value) => {
        expect(await call('execute', value)).toEqual(value);
      });

      test('come back as they were beyond the limit of a frame', needs(speaker, 'bodies'), async () => {
        const large = { bytes: new Uint8Array(9_000_000).fill(7), numbers: new Float64Array(200_000).fill(0.5) };
        const [back, small] = await Promise.all([call('execute', large), call('execute', 'small')]);
        const { bytes, numbers } = back as typeof large;
        expect(Buffer.compare(bytes, large.bytes)).toBe(0);
        expect(numbers).toEqual(large.numbers);
        expect(small).toBe('small');
      });

      test.each([
        ['a set', { rows: [1, new Set([1])] }, '$.rows[1]'],
        ['a circle', circle(), '$.own'],
      ])('are refused by their path, if nothing can carry them: %s', async (_, value, path) => {
        const refused = { code: 'INPUT_NOT_ENCODABLE', details: { path: expect.stringContaining(path) as string } };
        await expect(call('execute', value)).rejects.toMatchObject(refused);
        expect(await call('execute', 'next')).toBe('next');
      });

      test('are refused by their path where the plugin answers them', needs(speaker, 'checked answers'), async () => {
        const refused = { code: 'RESULT_NOT_ENCODABLE', details: { path: '$.rows[1]' } };
        await expect(call('unencodable')).rejects.toMatchObject(refused);
      });

      test('over the limit are refused in both directions, and what follows is not', async () => {
        const long = 'x'.repeat(OVER_THE_LIMIT);
        await expect(call('execute', long)).rejects.toMatchObject({ code: 'INPUT_TOO_LARGE' });
        const over = call('large', OVER_THE_LIMIT);
        await expect(over).rejects.toMatchObject({
          code: expect.stringMatching(/^(RESULT_TOO_LARGE|PLUGIN_DISCONNECTED)$/) as string,
          message: expect.stringContaining('1000000') as string,
        });
        expect(await call('execute', 'next')).toBe('next');
      });
    });

    describe('calls', () => {
      test('at the same time are each answered by their own answer', async () => {
        const inputs = Array.from({ length: 200 }, (_, index) => index);
        expect(await Promise.all(inputs.map((index) => call('execute', index)))).toEqual(inputs);
      });

      test('have the configuration of the registry', needs(speaker, 'configuration'), async () => {
        expect(await call('configured')).toEqual({ shelf: 7 });
      });

      test('are described', needs(speaker, 'named actions'), async () => {
        const { actions } = await manager.describePlugin('it');
        expect(actions).toMatchObject({ execute: { description: 'Gives back what it takes.' }, configured: {} });
      });

      test('know how long their caller will wait', needs(speaker, 'deadlines'), async () => {
        const left = await call('left', null, { timeout: 60_000 });
        expect(left).toBeGreaterThan(0);
        expect(left).toBeLessThanOrEqual(60);
      });

      test('that fail say how', async () => {
        await expect(call('raise')).rejects.toMatchObject({
          code: 'PLUGIN_RAISED',
          message: expect.stringContaining('out of stock') as string,
          context: {
            remoteType: expect.stringContaining('OutOfStock') as string,
            remoteTraceback: expect.stringMatching(/line \d|\.js:\d/) as string,
          },
        });
      });

      test('that fail hand on what the exception carried', needs(speaker, 'data of errors'), async () => {
        await expect(call('raise')).rejects.toMatchObject({ context: { remoteData: { article: 'ink' } } });
      });

      test('of an action that there is not are refused', needs(speaker, 'named actions'), async () => {
        await expect(call('an invention')).rejects.toMatchObject({ code: 'ACTION_UNKNOWN' });
      });

      test('with an input that does not fit are told so', needs(speaker, 'input errors'), async () => {
        await expect(call('reject', { wrong: 1 })).rejects.toMatchObject({
          code: 'INPUT_REJECTED',
          message: expect.stringContaining('text') as string,
        });
      });

      test('that are cancelled end, and their instance lives', needs(speaker, 'cancel'), async () => {
        const before = instance();
        const controller = new AbortController();
        const waiting = call('wait', null, { signal: controller.signal });
        await isRunning();
        controller.abort();
        await expect(waiting).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
        expect(await call('execute', 'next')).toBe('next');
        expect(instance()).toMatchObject({ generation: before?.generation, pid: before?.pid });
      });

      test('that take too long end, and others are answered', async () => {
        await expect(call('wait', null, { timeout: 200 })).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
        expect(await call('execute', 'next')).toBe('next');
      });

      test('that die with their instance fail, and the next find another', async () => {
        const before = instance()?.generation;
        await expect(call('die')).rejects.toMatchObject({ code: expect.stringMatching(/^(PLUGIN|GROUP)_CRASHED$/) });
        expect(await call('execute', 'next')).toBe('next');
        expect(instance()?.generation).toBe(Number(before) + 1);
      });
    });

    describe('streams', () => {
      test('bring their chunks in order, and what was returned', needs(speaker, 'streams'), async () => {
        const numbers = Array.from({ length: 2_000 }, (_, index) => index);
        const { chunks, returned } = await gather(await stream('count', 2_000));
        expect(chunks).toEqual(numbers);
        if (speaker.lacks['returned values'] === undefined) expect(returned).toBe('all');
      });

      test('wait for their reader beside other calls, and end with it', needs(speaker, 'streams'), async () => {
        const endless = await stream('endless');
        for (let index = 0; index < 30; index += 1) expect(await call('execute', index)).toBe(index);
        let next = 0;
        for await (const number of endless) {
          expect(number).toBe(next++);
          if (next === 200) break;
        }
        await untilHolds(async () => expect(await call('has_ended')).toEqual(['endless']));
      });

      test('that fail do so behind what came before', needs(speaker, 'streams'), async () => {
        const failing = await stream('fails_after', 3);
        const chunks: unknown[] = [];
        const read = async (): Promise<void> => {
          for await (const chunk of failing) chunks.push(chunk);
        };
        await expect(read()).rejects.toMatchObject({ code: 'PLUGIN_RAISED' });
        expect(chunks).toEqual([0, 1, 2]);
      });

      test('go in, and through', needs(speaker, 'input streams'), async () => {
        expect(await call('total', upTo(2_000))).toBe((1_999 * 2_000) / 2);
        const { chunks } = await gather(await stream('doubled', upTo(500)));
        expect(chunks).toEqual(Array.from({ length: 500 }, (_, index) => index * 2));
      });

      test('that go in and fail end their call', needs(speaker, 'input streams'), async () => {
        const mistake = new Error('the source is broken');
        async function* broken(): AsyncGenerator<number> {
          yield 1;
          throw mistake;
        }
        const failed = (await call('total', broken()).catch((error: unknown) => error)) as Error;
        expect([failed, failed.cause]).toContain(mistake);
        expect(await call('execute', 'next')).toBe('next');
      });
    });

    describe('what the plugin says and asks', () => {
      test('by printing is in the log', async () => {
        await call('tell');
        await untilHolds(() => expect(lines).toContainEqual(expect.objectContaining({ plugin: 'it', msg: 'printed' })));
      });

      test('in the log is there with its call', needs(speaker, 'reports'), async () => {
        await call('tell');
        const line = { plugin: 'it', msg: 'hello', level: 40, fields: { size: 5 }, call: expect.any(Number) as number };
        await untilHolds(() => expect(lines).toContainEqual(expect.objectContaining(line)));
      });

      test('of how far it has come reaches who called, before the answer', needs(speaker, 'reports'), async () => {
        const controller = new AbortController();
        const heard = new Promise((onProgress) => {
          const waiting = call('wait', null, { signal: controller.signal, onProgress });
          waiting.catch((error: unknown) => onProgress(error as never));
        });
        expect(await heard).toEqual({ fraction: 0.5, message: 'half' });
        controller.abort();
      });

      test('of another plugin is answered', needs(speaker, 'host calls'), async () => {
        expect(await call('other', 7)).toBe(7);
      });

      test('for a resource is granted when it is free', needs(speaker, 'locks'), async () => {
        const lease = await manager.resources.acquire('the test', 'door');
        const waiting = call('lock', 'door');
        const owners = () => manager.resources.status().flatMap(({ waiting: all }) => all.map(({ owner }) => owner));
        await untilHolds(() => expect(owners()).toEqual(['it.lock']));
        lease.release();
        expect(await waiting).toBeGreaterThan(lease.token);
        expect(manager.resources.status().flatMap(({ holders }) => holders)).toEqual([]);
      });

      test('about an event is in the chain', needs(speaker, 'hooks'), async () => {
        expect(await manager.executeHooks('converse', { marks: ['first'] })).toEqual({ marks: ['first', 'converses'] });
      });
    });

    test(
      'pings are answered while a call runs, unless the plugin is stopped',
      { ...onlyInLongRuns(), ...onlyOnLinux('the state of a process is read from /proc'), ...needs(speaker, 'pings') },
      async () => {
        const controller = new AbortController();
        const waiting = call('wait', null, { signal: controller.signal });
        await isRunning();
        const pid = instance()?.pid as number;
        process.kill(pid, 'SIGSTOP');
        await until(() => instance()?.health === 'blocked', 'that nothing is answered');
        process.kill(pid, 'SIGCONT');
        await until(() => instance()?.health === 'ready', 'an answer');
        controller.abort();
        await expect(waiting).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
      },
    );

    test('a debugger attaches', { ...onlyInLongRuns(), ...needs(speaker, 'debugging') }, async () => {
      const [target] = await manager.debug('it');
      await using client = await DapClient.connect('127.0.0.1', target?.port ?? 0);
      await client.attach(fixture('plugins/converses/plugin.py'), []);
      expect(await call('execute', 'next')).toBe('next');
    });

    test('one that refuses to start says why', needs(speaker, 'configuration'), async () => {
      await expect(manager.executePlugin('refuses')).rejects.toMatchObject({
        code: 'PLUGIN_INITIALIZE_FAILED',
        message: expect.stringContaining('no model at /models') as string,
      });
    });

    test('ends in good order: what runs is answered', async () => {
      const running = call('execute', 'last words');
      await manager.close();
      expect(await running).toBe('last words');
      expect(lines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
    });
  });

function circle(): unknown {
  const value: Record<string, unknown> = {};
  value['own'] = value;
  return value;
}

async function* upTo(count: number): AsyncGenerator<number> {
  for (let number = 0; number < count; number += 1) yield number;
}

async function gather(from: AsyncGenerator<unknown>): Promise<{ chunks: unknown[]; returned: unknown }> {
  const chunks: unknown[] = [];
  for (;;) {
    const { done, value } = await from.next();
    if (done === true) return { chunks, returned: value };
    chunks.push(value);
  }
}
