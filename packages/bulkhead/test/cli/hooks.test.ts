import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf, Workshop } from './workshop.ts';

const PLUGIN = `
from plugin_sdk import PluginBase, Veto, hook


class Plugin(PluginBase):
    def initialize(self, config):
        self.word = config["word"]

    @hook("pre_process", priority=80)
    def trim(self, data):
        return {**data, "text": data["text"].strip()}

    @hook("pre_process", before="trim", mode="audit", timeout=1.5)
    def check(self, data):
        if self.word in data["text"]:
            raise Veto("it says " + self.word)

    @hook("post_process", on_error="skip")
    def fails(self, data):
        raise ValueError("not today")
`;

let workshop: Workshop;
beforeAll(async () => {
  workshop = await Workshop.open();
  await workshop.write('one/plugin.py', PLUGIN);
  await workshop.write(
    'none/plugin.py',
    'from plugin_sdk import PluginBase\nclass Plugin(PluginBase):\n    def execute(self, input_data): ...\n',
  );
  await workshop.write(
    'plugins.yaml',
    `plugins:
  - { id: one, path: ./one, hooks: [pre_process, post_process], config: { word: secret }, python_version: "3.11" }
  - { id: two, path: ./one, hooks: [pre_process], config: { word: hidden }, python_version: "3.11" }
`,
  );
  await workshop.write('mistaken.yaml', 'plugins:\n  - { id: none, path: ./none, hooks: [never] }\n');
  await workshop.write('empty.yaml', 'plugins: []\n');
});
afterAll(async () => {
  await workshop[Symbol.asyncDispose]();
});

describe('bulkhead hooks', () => {
  test('prints each chain, and why each hook is where it is', async () => {
    const { exitCode, stdout } = await workshop.run(['hooks']);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`pre_process
   HOOK       MODE       TIMEOUT  ON ERROR  WHY HERE
1  one.check  audit      1.5s     fail      priority 50, then as plugins stand in the registry; before one.trim (one.check asks to come before one.trim); before two.trim (one.check asks to come before two.trim)
2  two.check  audit      1.5s     fail      priority 50, then as plugins stand in the registry; before one.trim (two.check asks to come before one.trim); before two.trim (two.check asks to come before two.trim)
3  one.trim   transform  5s       fail      priority 80, then as plugins stand in the registry; after one.check (one.check asks to come before one.trim); after two.check (two.check asks to come before one.trim)
4  two.trim   transform  5s       fail      priority 80, then as plugins stand in the registry; after one.check (one.check asks to come before two.trim); after two.check (two.check asks to come before two.trim)

post_process
   HOOK       MODE       TIMEOUT  ON ERROR  WHY HERE
1  one.fails  transform  5s       skip      priority 50
`);
  });

  test('prints one as JSON', async () => {
    const { stdout } = await workshop.run(['hooks', 'post_process', '--json']);
    const hook = { hook: 'one.fails', mode: 'transform', priority: 50, timeout: 5000, on_error: 'skip' };
    expect(JSON.parse(stdout)).toEqual({
      events: [{ event: 'post_process', hooks: [{ ...hook, reason: 'priority 50' }], error: null }],
    });
  });

  test('--trace runs one, and shows what each hook changed', async () => {
    const { exitCode, stdout } = await workshop.run(['hooks', 'pre_process', '--trace', '-i', '{"text": " a "}']);
    expect(exitCode).toBe(0);
    expect(stdout.replaceAll(/[\d.]+ ms/g, 'TIME')).toBe(`one.check: done TIME
two.check: done TIME
one.trim: done TIME
    $.text: " a " → "a"
two.trim: done TIME
    changed nothing
{"text":"a"}
`);
  });

  test('--trace shows who stopped it, and who was skipped', async () => {
    const { stdout } = await workshop.run(['hooks', 'pre_process', '--trace', '-i', '{"text": "hidden"}']);
    expect(stdout).toContain('two.check stopped it: it says hidden\n{"text":"hidden"}\n');
    const traced = await workshop.run(['hooks', 'post_process', '--trace', '--json', '-i', '{}']);
    expect(JSON.parse(traced.stdout)).toMatchObject({
      event: 'post_process',
      data: {},
      veto: null,
      steps: [{ hook: 'one.fails', outcome: 'skipped', changes: [], error: { code: 'HOOK_FAILED' } }],
    });
  });

  test('--trace shows what was done before a hook that makes the chain fail', async () => {
    const { exitCode, stdout, stderr } = await workshop.run(['hooks', 'pre_process', '--trace', '-i', '{}']);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toContain('Hook one.check of event "pre_process" failed: one.check raised KeyError: \'text\'.');
  });

  test('tells of mistakes', async () => {
    const unknown = await workshop.run(['hooks', 'pre_proces', '--json']);
    expect(unknown.exitCode).toBe(2);
    expect(errorOf(unknown)['message']).toBe('event: no plugin lists "pre_proces" in `hooks`; there is "pre_process".');
    expect((await workshop.run(['hooks', '--trace'])).exitCode).toBe(2);
    expect((await workshop.run(['hooks', 'pre_process', '--input', '{}'])).exitCode).toBe(2);
    const mistaken = await workshop.run(['hooks', '-r', 'mistaken.yaml', '--json']);
    expect(mistaken.exitCode).toBe(1);
    expect(JSON.parse(mistaken.stdout)).toMatchObject({
      events: [{ event: 'never', hooks: null, error: { code: 'HOOK_NOT_OFFERED' } }],
    });
  });

  test('warns of hooks of an event that the plugin does not list', async () => {
    await workshop.write('short.yaml', 'plugins:\n  - { id: one, path: ./one, hooks: [], config: { word: a } }\n');
    const { stderr } = await workshop.run(['run', 'one', '-a', 'none', '-r', 'short.yaml']);
    expect(stderr).toContain('one | warning: takes no part in event "post_process": its registry entry');
  });

  test('says so when no plugin takes part in anything', async () => {
    const { exitCode, stdout } = await workshop.run(['hooks', '-r', 'empty.yaml']);
    expect([exitCode, stdout]).toEqual([
      0,
      'No plugin takes part in an event: `hooks: [EVENT]` in the registry or a manifest says so.\n',
    ]);
  });
});
