import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isBulkheadError } from '../../src/errors/bulkhead-error.ts';
import type { ChainOutcome } from '../../src/hooks/chain-outcome.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { fixture, observed } from '../test-home.ts';
import { until } from '../until.ts';
import { onThisWire, overEachWire } from '../wires.ts';

interface Marked {
  readonly marks: readonly string[];
}

let manager: PluginManager;
let lines: Record<string, unknown>[];
overEachWire(() => {
  beforeEach(async () => {
    const observation = observed();
    lines = observation.lines;
    manager = await PluginManager.open(await onThisWire('hooks.yaml'), observation.options);
  });
  afterEach(async () => {
    await manager.close();
  });

  const none: Marked = { marks: [] };
  const mark =
    (name: string) =>
    ({ marks }: Marked): Marked => ({ marks: [...marks, name] });

  function callsOf(id: string): number | undefined {
    return manager.plugins().find((plugin) => plugin.id === id)?.instances[0]?.calls;
  }

  async function codeOf(promise: Promise<unknown>): Promise<string> {
    const error = await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return isBulkheadError(error) ? error.code : `no error of ours: ${String(error)}`;
  }

  describe('a chain over callbacks and plugins', () => {
    test('goes by priority, then as plugins stand in the registry, whichever was ready first', async () => {
      await manager.startPlugin('two');
      manager.registerHook('pre_process', mark('host'));
      manager.registerHook('pre_process', mark('highest'), 100);
      const expected = [
        'highest',
        'one.first',
        'one.second',
        'two.first',
        'two.second',
        'host',
        'one.last',
        'two.last',
      ];
      expect(await manager.executeHooks('pre_process', none)).toEqual({ marks: expected });
      expect(none).toEqual({ marks: [] });
      const chain = await manager.hooks.explain('pre_process');
      expect(chain.map(({ hook }) => hook.replace(/^host\..*/, 'host'))).toEqual([
        'host',
        'one.first',
        'one.second',
        'two.first',
        'two.second',
        'host',
        'one.last',
        'two.last',
      ]);
      expect(chain[1]?.reason).toBe('priority 90, then as plugins stand in the registry, then as registered');
    });

    test('puts a callback before or after what it names', async () => {
      manager.registerHook('pre_process', mark('late'), { priority: 99, after: 'two' });
      manager.registerHook('pre_process', mark('early'), { priority: 1, before: ['one.last'] });
      const { marks } = await manager.executeHooks('pre_process', none);
      const first = ['one.first', 'one.second', 'two.first', 'two.second'];
      expect(marks).toEqual([...first, 'two.last', 'late', 'early', 'one.last']);
    });

    test('crosses to an instance once for hooks that follow each other there', async () => {
      await manager.executeHooks('pre_process', none);
      expect([callsOf('one'), callsOf('two')]).toEqual([2, 2]);
      const { steps } = await manager.hooks.run('pre_process', none, { trace: true });
      expect(steps[1]?.changes).toEqual(['$.marks[1]: added "one.second"']);
      expect([callsOf('one'), callsOf('two')]).toEqual([5, 5]);
      await manager.executeHooks('post_process', none);
      expect(callsOf('two')).toBe(5);
    });

    test('shows an audit the data and takes none from it; a notification is not waited for', async () => {
      expect(await manager.executeHooks('post_process', none)).toEqual({ marks: ['one.early'] });
      await until(async () => {
        const { seen } = (await manager.executePlugin('one')) as { seen: unknown[] };
        return seen.length === 1;
      }, 'the notification');
      expect(await manager.executePlugin('one')).toMatchObject({ seen: [{ marks: ['one.early'] }] });
    });

    test('is stopped by a veto', async () => {
      const given: Marked = { marks: ['password'] };
      expect(await manager.hooks.run('post_process', given)).toMatchObject({
        data: { marks: ['password'] },
        veto: { hook: 'one.looks', reason: 'there is a password in it' },
      });
      await expect(manager.executeHooks('post_process', given)).rejects.toMatchObject({
        code: 'HOOK_VETOED',
        message: 'Hook one.looks of event "post_process" stopped it: there is a password in it.',
      });
    });

    test('is the data itself where nobody takes part', async () => {
      expect(await manager.executeHooks('nobody', none)).toEqual(none);
      expect(manager.plugins().every(({ instances }) => instances.length === 0)).toBe(true);
    });

    test('takes in a plugin that is loaded later', async () => {
      await manager.executeHooks('pre_process', none);
      const id = await manager.loadPlugin(fixture('plugins/hooks_listed'));
      const { marks } = await manager.executeHooks('pre_process', none);
      expect(marks.at(-1)).toBe(id);
    });

    test('is measured', async () => {
      await manager.executeHooks('pre_process', none);
      await manager.executeHooks('raises_skip', none);
      const metrics = await manager.metrics();
      expect(metrics).toContain('bulkhead_hook_seconds_count{plugin_id="one",event="pre_process"} 2');
      expect(metrics).toContain(
        'bulkhead_hook_failures_total{plugin_id="fails",event="raises_skip",consequence="skipped"} 1',
      );
    });
  });

  describe('a hook that', () => {
    const KINDS = [
      ['raises', 'HOOK_FAILED', /fails\.raises raised ValueError: not today/],
      ['hangs', 'HOOK_TIMEOUT', /did not end within 0\.5 s/],
      ['hangs_async', 'HOOK_TIMEOUT', /did not end within 0\.5 s/],
      ['returns_nothing', 'HOOK_RESULT_INVALID', /returned nothing/],
      ['returns_text', 'HOOK_RESULT_INVALID', /returned text instead of an object/],
      ['returns_no_data', 'HOOK_RESULT_INVALID', /a value of type object can't be sent/],
      ['exits', 'HOOK_FAILED', /called exit with status 3/],
      ['dies', 'HOOK_FAILED', /it exited with status 7/],
    ] as const;

    test.each(KINDS)('%s fails the chain, the hooks behind it not run', async (kind, code, message) => {
      const steps: string[] = [];
      const run = manager.hooks.run(`${kind}_fail`, none, { onStep: ({ hook }) => steps.push(hook) });
      await expect(run).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
      expect(steps).toEqual(['fails.before']);
    });

    test.each(KINDS)('%s is skipped, the others run, and the log says so', async (kind, code, message) => {
      const { data, steps } = await manager.hooks.run(`${kind}_skip`, none);
      expect(data).toEqual({ marks: ['before', 'after'] });
      expect(outcomes({ steps })).toEqual(['fails.before done', `fails.${kind} skipped`, 'fails.after done']);
      expect(steps[1]?.error).toMatchObject({ code, message: expect.stringMatching(message) as string });
      expect(lines).toContainEqual(
        expect.objectContaining({ level: 40, msg: 'hook failed', hook: `fails.${kind}`, consequence: 'skipped' }),
      );
    });

    test.each(KINDS)('%s is left out from then on, until it is enabled', async (kind, code) => {
      const event = `${kind}_disable`;
      expect(outcomes(await manager.hooks.run(event, none))[1]).toBe(`fails.${kind} skipped`);
      const { data, steps } = await manager.hooks.run(event, none);
      expect(data).toEqual({ marks: ['before', 'after'] });
      expect(outcomes({ steps })).toEqual(['fails.before done', `fails.${kind} disabled`, 'fails.after done']);
      expect(steps[1]?.error).toMatchObject({ code });
      manager.hooks.enable(`fails.${kind}`);
      const [, enabled] = await manager.hooks.explain(event);
      expect(enabled).toMatchObject({ hook: `fails.${kind}`, disabledBy: undefined });
    });

    test('raised says where, and why', async () => {
      const error = await manager.executeHooks('raises_fail', none).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ cause: { code: 'PLUGIN_RAISED' }, context: { remoteType: 'ValueError' } });
      expect((error as { context: { remoteTraceback: string } }).context.remoteTraceback).toContain('in raises');
    });

    function outcomes({ steps }: Pick<ChainOutcome, 'steps'>): string[] {
      return steps.map(({ hook, outcome }) => `${hook} ${outcome}`);
    }
  });

  describe('a run of hooks', () => {
    test('is cancelled, and so is the hook in the plugin', async () => {
      const controller = new AbortController();
      manager.registerHook('hangs_skip', mark('host'), 60);
      const reason = new Error('enough');
      const run = manager.executeHooks('hangs_skip', none, { signal: controller.signal });
      // `before` by itself, then the one that hangs with what follows
      await until(() => callsOf('fails') === 2, 'the call of the hook that hangs');
      controller.abort(reason);
      await expect(run).rejects.toMatchObject({ code: 'HOOKS_CANCELLED', cause: reason });
      expect(await codeOf(manager.executeHooks('raises_fail', none))).toBe('HOOK_FAILED');
      expect(manager.plugins().find(({ id }) => id === 'fails')?.restarts).toBe(0);
    });

    test('has a time of its own', async () => {
      await manager.startPlugin('fails');
      await expect(manager.executeHooks('hangs_skip', none, { timeout: 50 })).rejects.toMatchObject({
        code: 'HOOKS_TIMEOUT',
        message: expect.stringContaining('did not end within 0.05 s') as string,
      });
      expect(await codeOf(manager.executeHooks('nobody', none, { timeout: -1 }))).toBe('ARGUMENT_INVALID');
    });

    test('is refused when the manager is closed', async () => {
      await manager.close();
      expect(await codeOf(manager.executeHooks('pre_process', none))).toBe('MANAGER_CLOSED');
    });
  });

  test('constraints that contradict each other fail their event, and no other', async () => {
    manager.registerHook('pre_process', mark('host'), { id: 'between', before: 'one', after: 'one.last' });
    await expect(manager.executeHooks('pre_process', none)).rejects.toMatchObject({
      code: 'HOOK_ORDER_UNSATISFIABLE',
      message: expect.stringContaining('host.between asks to come after one.last') as string,
    });
    expect(await manager.executeHooks('post_process', none)).toEqual({ marks: ['one.early'] });
  });

  describe('the plugins of an event are those that list it', () => {
    test('one that has no hook of it is an error', async () => {
      await expect(manager.executeHooks('not_offered', none)).rejects.toMatchObject({
        code: 'HOOK_NOT_OFFERED',
        message: 'Plugin "has_none" lists event "not_offered" in `hooks`, but has no hook for it: it has none at all.',
      });
    });

    test('one that does not start is an error, which says why', async () => {
      await expect(manager.executeHooks('not_started', none)).rejects.toMatchObject({
        code: 'HOOK_PLUGIN_UNAVAILABLE',
        message: expect.stringContaining('a_module_that_nobody_wrote') as string,
        cause: { code: 'PLUGIN_IMPORT_FAILED' },
      });
    });

    test('one whose manifest has a mistake is an error where the registry lists the event, else a warning', async () => {
      await expect(manager.executeHooks('in_registry', none)).rejects.toMatchObject({
        code: 'HOOK_PLUGIN_UNAVAILABLE',
        cause: { code: 'MANIFEST_INVALID' },
      });
      expect(await manager.executeHooks('pre_process', none)).toMatchObject({ marks: { length: 6 } });
      expect(lines).toContainEqual(expect.objectContaining({ level: 40, plugin: 'mistaken', event: 'pre_process' }));
    });

    test('one that offers what it does not list is left out, and the log names the field', async () => {
      await manager.executeHooks('pre_process', none);
      expect(await manager.executeHooks('unlisted', none)).toEqual(none);
      const msg =
        'takes no part in event "unlisted": its registry entry or manifest doesn\'t list the event in `hooks`';
      expect(lines).toContainEqual(expect.objectContaining({ level: 40, plugin: 'one', event: 'unlisted', msg }));
    });

    test('nobody else calls the action that runs them', async () => {
      expect(await codeOf(manager.executePlugin('one', {}, { action: '@hooks' }))).toBe('ARGUMENT_INVALID');
      await manager.startPlugin('one');
      expect(Object.keys(manager.plugins()[0]?.actions ?? {})).toEqual(['execute']);
    });
  });

  test('what a plugin says in a veto is shown and bounded, never obeyed', async () => {
    const id = await manager.loadPlugin(fixture('plugins/hooks_sly'));
    const { veto, data } = await manager.hooks.run('sly', 'text');
    expect(data).toBe('text');
    expect(veto?.hook).toBe(`${id}.stops`);
    expect(veto?.reason).toMatch(/^\\x1b\[2Jall is \\u202elliw!{16000,16400}… \(\d+ more characters\)$/);
  });
});
