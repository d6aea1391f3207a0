import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, type TestOptions } from 'vitest';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { isSameProcess } from '../../src/lifecycle/process-identity.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { runningProcesses } from '../../src/manager/running-processes.ts';
import { imageOf, onlyWith, testEngine } from '../container-engine.ts';
import { gone, identify, processInside } from '../processes.ts';
import { onlyInLongRuns } from '../not-run.ts';
import { type Contained, fixture, observed, type Over, type Start, startedBy, TEST_HOME } from '../test-home.ts';
import { until } from '../until.ts';
import { WIRES } from '../wires.ts';

let manager: PluginManager;
let lines: Record<string, unknown>[];
let registry: string;

const engine = await testEngine();

const starts: readonly (readonly [how: string, start: Start | Contained | Over, options?: TestOptions])[] = [
  ['spawn', 'spawn'],
  ['fork', 'fork'],
  ['container', { start: 'spawn', image: imageOf(engine) }, onlyWith(engine)],
  ['fork in a container', { start: 'fork', image: imageOf(engine) }, onlyWith(engine)],
  ...WIRES.filter(({ over }) => over.transport !== undefined).map(
    ({ name, over }) => [`spawn, and over ${name}`, over, name === 'ZeroMQ' ? {} : onlyInLongRuns()] as const,
  ),
];

for (const [how, start, options = {}] of starts)
  describe(`started by ${how}:`, options, () => {
    beforeAll(async () => {
      registry = await startedBy(start, 'supervised.yaml');
    });

    afterAll(async () => {
      await rm(dirname(registry), { recursive: true });
    });

    beforeEach(async () => {
      const { options, lines: observedLines } = observed();
      lines = observedLines;
      manager = await PluginManager.open(registry, options);
    });

    afterEach(async () => {
      await manager.close();
    });

    describe('calls', () => {
      test('run in the plugin, with its configuration, its variables, and none of the host secrets', async () => {
        process.env['A_SECRET_OF_THE_HOST'] = 'hush';
        const about = (await manager.executePlugin('echo', null, { action: 'about' })) as Record<string, unknown>;
        expect(about).toMatchObject({ config: { shelf: 7 }, variables: { ANSWER: '42' } });
        expect(about['variables']).not.toHaveProperty('A_SECRET_OF_THE_HOST');
        expect(processInside(about['pid'], status('echo')).pid).toBe(status('echo')?.instances[0]?.pid);
        expect(about['prefix']).not.toBe(about['executable']);
      });

      test.each([
        ['text', 'häßlich 🎉'],
        ['an integer', 2 ** 40],
        ['a large integer', 2n ** 63n - 1n],
        ['a float', 0.1],
        ['nothing', null],
        ['a date', new Date(1_700_000_000_123)],
        ['nested data', { list: [1, [2, { three: true }]], empty: {} }],
        ['bytes', new Uint8Array([0, 1, 255])],
        ['a typed array', new Float32Array([1.5, -2])],
        ['a typed array over the threshold', new Int32Array(20_000).fill(-9)],
      ])('bring back %s as it was', async (_, value) => {
        expect(await manager.executePlugin('echo', value)).toEqual(value);
      });

      test('bring back 50 MB as they were, and a small call behind them', async () => {
        const large = new Uint8Array(50_000_000).fill(3);
        const [back, small] = await Promise.all([
          manager.executePlugin('echo', { large }),
          manager.executePlugin('echo', 'small'),
        ]);
        expect(Buffer.compare((back as { large: Uint8Array }).large, large)).toBe(0);
        expect(small).toBe('small');
      });

      test('of many callers at once are each answered by their own answer', async () => {
        const answers = await Promise.all(
          Array.from({ length: 500 }, (_, index) => manager.executePlugin('echo', { index })),
        );
        expect(answers).toEqual(Array.from({ length: 500 }, (_, index) => ({ index })));
        expect(status('echo')?.instances[0]?.generation).toBe(1);
      });

      test('may be coroutines, and may log: what they print and log is tagged with plugin, instance and call', async () => {
        expect(await manager.executePlugin('echo', { value: 1 }, { action: 'later' })).toBe(1);
        await manager.executePlugin('echo', { message: 'hello' }, { action: 'log' });
        await manager.close();
        expect(lines).toContainEqual(
          expect.objectContaining({
            level: 40,
            plugin: 'echo',
            instance: 1,
            call: 2,
            fields: { size: 5 },
            msg: 'hello',
          }),
        );
        const stream = how.includes('stdio') ? 'stderr' : 'stdout'; // standard output is the wire there
        for (const msg of ['printed: hello', 'written to descriptor 1']) {
          expect(lines).toContainEqual(expect.objectContaining({ plugin: 'echo', instance: 1, stream, msg }));
        }
      });
    });

    describe('time limits and cancelling', () => {
      test.each(['execute', 'spin', 'wait_for_a_lock'])(
        'a call of %s ends when its signal is aborted, and its instance lives',
        async (action) => {
          expect(await manager.executePlugin('lets_go', null, { action: 'hello' })).toBe('hello');
          const before = status('lets_go')?.instances[0]?.pid;
          const controller = new AbortController();
          const call = manager.executePlugin('lets_go', null, { action, signal: controller.signal });
          const reason = new Error('changed my mind');
          controller.abort(reason);
          await expect(call).rejects.toMatchObject({ code: 'CALL_CANCELLED', cause: reason });
          expect(await manager.executePlugin('lets_go', null, { action: 'hello' })).toBe('hello');
          expect(status('lets_go')?.instances[0]?.pid).toBe(before);
        },
      );

      test('a call that does not end when it is told to costs its instance, and no call that waits for its end', async () => {
        await manager.startPlugin('never_answers');
        const stubborn = manager.executePlugin('never_answers', null, { action: 'refuse_to_stop', timeout: 200 });
        const waiting = manager.executePlugin('never_answers', null, { action: 'hello' });
        await expect(stubborn).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
        expect(await waiting).toBe('hello');
        expect(await manager.executePlugin('never_answers', null, { action: 'hello' })).toBe('hello');
        expect(status('never_answers')?.instances[0]?.generation).toBe(2);
      });

      test('a call is refused when its signal was aborted before, also while its plugin is starting', async () => {
        await expect(manager.executePlugin('echo', null, { signal: AbortSignal.abort() })).rejects.toMatchObject({
          code: 'CALL_CANCELLED',
        });
        const controller = new AbortController();
        const call = manager.executePlugin('slow_to_start', null, { signal: controller.signal });
        setImmediate(() => controller.abort());
        await expect(call).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
      });

      test.each([0, -1, Number.NaN, 2 ** 40])('a time limit of %d is refused', async (timeout) => {
        await expect(manager.executePlugin('echo', null, { timeout })).rejects.toMatchObject({
          code: 'ARGUMENT_INVALID',
        });
      });
    });

    describe('an instance', () => {
      test('that is killed from outside takes its own call down, and no other; the next call finds a new one', async () => {
        await Promise.all([manager.startPlugin('never_answers'), manager.startPlugin('echo')]);
        const pid = status('never_answers')?.instances[0]?.pid as number;
        const call = manager.executePlugin('never_answers');
        process.kill(pid, 'SIGKILL');
        await expect(call).rejects.toMatchObject({ code: 'PLUGIN_CRASHED', retryable: true });
        expect(await manager.executePlugin('echo', 1)).toBe(1);
        expect(await manager.executePlugin('never_answers', null, { action: 'hello' })).toBe('hello');
        expect(status('never_answers')).toMatchObject({ restarts: 1, instances: [{ generation: 2 }] });
      });

      test('that crashes without end is started with growing delays, and calls are told instead of kept waiting', async () => {
        const codes: unknown[] = [];
        for (let attempt = 0; attempt < 8; attempt += 1) {
          codes.push(
            await manager
              .executePlugin('dies', { status: 1 }, { action: 'by_exit' })
              .catch((error: { code: string }) => error.code),
          );
          if (codes.at(-1) === 'PLUGIN_RESTARTING') break;
        }
        expect(codes.at(0)).toBe('PLUGIN_CRASHED');
        expect(codes.at(-1)).toBe('PLUGIN_RESTARTING');
      });

      test('that is to be warm comes back by itself', async () => {
        await manager.startPlugin('warm');
        const { pid } = identify(status('warm')?.instances[0]?.pid as number);
        process.kill(pid, 'SIGKILL');
        await until(() => status('warm')?.instances[0]?.generation === 2, 'the second generation');
        expect(await manager.executePlugin('warm', 'back')).toBe('back');
      });

      test('takes the processes it started with it', async () => {
        const child = processInside(await manager.executePlugin('has_children'), status('has_children'));
        const own = identify(status('has_children')?.instances[0]?.pid as number);
        process.kill(own.pid, 'SIGKILL');
        await Promise.all([gone(own), gone(child)]);
      });
    });

    describe('closing', () => {
      test('lets calls finish, leaves no process, and refuses what comes after', async () => {
        const child = processInside(await manager.executePlugin('has_children'), status('has_children'));
        const own = identify(status('has_children')?.instances[0]?.pid as number);
        const running = manager.executePlugin('echo', 'last words');
        await manager.startPlugin('echo');
        await Promise.all([manager.close(), manager.close()]);
        expect(await running).toBe('last words');
        await Promise.all([gone(own), gone(child)]);
        await expect(manager.executePlugin('echo')).rejects.toMatchObject({ code: 'MANAGER_CLOSED' });
        expect(status('echo')?.state).toBe('stopped');
      });

      test('does not wait for a plugin that is starting', async () => {
        const call = manager.executePlugin('slow_to_start');
        const seen = call.catch((error: unknown) => error);
        await until(() => lines.find(({ msg }) => msg === 'warming up'), 'the start of the plugin');
        const process = await until(() => running('slow_to_start'), 'its record in the ledger');
        await manager.close();
        expect(isSameProcess(process)).toBe(false);
        expect(await seen).toMatchObject({ code: 'MANAGER_CLOSED' });
      });

      test('ends calls that run for ever', async () => {
        await manager.startPlugin('never_answers');
        const process = identify(status('never_answers')?.instances[0]?.pid as number);
        const seen = manager.executePlugin('never_answers', null, { action: 'spin' }).catch((error: unknown) => error);
        await until(() => status('never_answers')?.instances[0]?.inFlight === 1, 'the call');
        await manager.close();
        expect(isSameProcess(process)).toBe(false);
        expect(await seen).toMatchObject({ code: 'MANAGER_CLOSED' });
      });
    });

    test('two managers in one process do not know of each other', async () => {
      const { options } = observed();
      await using other = await PluginManager.open(registry, options);
      const [one, two] = await Promise.all(
        [manager, other].map((each) => each.executePlugin<About>('echo', null, { action: 'about' })),
      );
      expect(one?.variables['BULKHEAD_INSTANCE']).not.toBe(two?.variables['BULKHEAD_INSTANCE']);
      await other.close();
      expect(await manager.executePlugin('echo', 'still here')).toBe('still here');
    });

    test('metrics tell what happened, in a registry of their own', async () => {
      await manager.executePlugin('echo', 1);
      await manager.executePlugin('echo', 1, { action: 'an invention' }).catch(() => {});
      await manager.executePlugin('dies', { status: 1 }, { action: 'by_exit' }).catch(() => {});
      const text = await manager.metrics();
      expect(text).toMatch(/plugin_execution_seconds_count\{plugin_id="echo",action="execute",outcome="ok"\} 1/);
      expect(text).toMatch(/plugin_execution_seconds_count\{plugin_id="dies",action="by_exit",outcome="crashed"\} 1/);
      expect(text).toMatch(/bulkhead_instances\{plugin_id="echo"\} 1/);
      expect(text).toMatch(/bulkhead_environment_prepare_seconds_count\{plugin_id="echo",result="(found|built)"\} 1/);
      expect(text).not.toContain('an invention');
      const { register } = await import('prom-client');
      expect(await register.metrics()).toBe('\n');
    });

    test('the stack of an error names who called, and the line of the plugin', async () => {
      async function theApplication(): Promise<void> {
        await manager.executePlugin('raises', 'ink');
      }
      await manager.loadPlugin(fixture('plugins/raises'));
      const error = await theApplication().catch((thrown: unknown) => thrown as Error);
      expect(error?.stack).toMatch(
        / at async theApplication [\s\S]*In the plugin:\nTraceback[\s\S]*raises\/plugin.py", line \d/,
      );
    });

    test('a plugin can be loaded from its folder, under the name of the folder, once', async () => {
      const id = await manager.loadPlugin(fixture('plugins/raises'));
      expect(id).toBe('raises');
      await expect(manager.executePlugin('raises', 'ink')).rejects.toMatchObject({ code: 'PLUGIN_RAISED' });
      await expect(manager.loadPlugin(fixture('plugins/raises'))).rejects.toMatchObject({
        code: 'PLUGIN_ALREADY_LOADED',
      });
      await expect(manager.loadPlugin(fixture('plugins/nowhere'))).rejects.toMatchObject({
        code: 'PLUGIN_FOLDER_MISSING',
      });
    });
  });

interface About {
  readonly variables: Readonly<Record<string, string>>;
}

/** As this manager has written it down. */
async function running(plugin: string) {
  const all = await runningProcesses(new StateFolder(TEST_HOME));
  return all.find((each) => each.plugin === plugin && each.host.pid === process.pid);
}

function status(id: string) {
  return manager.plugins().find((plugin) => plugin.id === id);
}
