import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { observed } from '../test-home.ts';
import { until } from '../until.ts';

/** Shows signs of one kind until there is a file `over`. */
const PLUGIN = `
import os, subprocess, sys, threading, time
from plugin_sdk import PluginBase, action

HERE = os.path.dirname(os.path.abspath(__file__))

class Talks(PluginBase):
    def _until_over(self, sign):
        while not os.path.exists(os.path.join(HERE, "over")):
            sign()
            time.sleep(0.05)
        return "over"

    @action
    def silent(self):
        return self._until_over(lambda: None)

    @action
    def dots(self):
        return self._until_over(lambda: print(".", end="", flush=True))

    @action
    def bar(self):
        return self._until_over(lambda: (sys.stderr.write("\\r###"), sys.stderr.flush()))

    @action
    def descriptor(self):
        return self._until_over(lambda: os.write(2, b"."))

    @action
    def child(self):
        return self._until_over(lambda: subprocess.run(["sh", "-c", "printf ."]))

    @action
    def thread(self):
        thread = threading.Thread(target=self._until_over, args=[lambda: self.context.log.info("at work")])
        thread.start()
        thread.join()
        return "over"

    @action
    def progress(self):
        return self._until_over(lambda: self.context.progress(0.5))

    @action
    def lock(self):
        def sign():
            with self.context.lock("nothing_special"):
                pass

        return self._until_over(sign)

    @action
    def calls(self):
        return self._until_over(lambda: self.context.call("other", {}))

    @action
    def waits(self):
        return self.context.call("other", {}, action="talk")
`;
const OTHER = `
import os, time
from plugin_sdk import PluginBase, action

class Other(PluginBase):
    def execute(self, input_data):
        pass

    @action
    def talk(self):
        while not os.path.exists(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "talks", "over")):
            self.context.progress(message="still at it")
            time.sleep(0.05)
        return "over"
`;
const KINDS = ['dots', 'bar', 'descriptor', 'child', 'thread', 'progress', 'lock', 'calls', 'waits'];

let folder: string;
let manager: PluginManager;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-idle-'));
  for (const [name, source] of [
    ['talks', PLUGIN],
    ['other', OTHER],
  ] as const) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'plugin.py'), source);
  }
  const talks = `path: ./talks, start: fork, may_call: [other], timeouts: { idle: 2s, call: 2m }`;
  await writeFile(
    join(folder, 'plugins.yaml'),
    `plugins:
  - { id: talks, instances: ${KINDS.length}, ${talks} }
  - { id: silent, ${talks} }
  - { id: at_once, concurrency: 4, ${talks} }
  - { id: other, path: ./other, instances: 2, concurrency: 8 }
`,
  );
  manager = await PluginManager.open(join(folder, 'plugins.yaml'), observed().options);
});
afterEach(async () => {
  await manager.close();
  await rm(folder, { recursive: true });
});

function inFlight(id: string): number {
  const instances = manager.plugins().find((plugin) => plugin.id === id)?.instances ?? [];
  return instances.reduce((sum, each) => sum + each.inFlight, 0);
}

async function silenceHasEnded(id: string): Promise<void> {
  await expect(manager.executePlugin(id, {}, { action: 'silent' })).rejects.toMatchObject({
    code: 'CALL_IDLE_TIMEOUT',
  });
}

test('whatever a plugin writes, reports or asks for keeps its call from being idle, and silence does not', async () => {
  await manager.executePlugin('other', {});
  const talking = KINDS.map((action) => manager.executePlugin('talks', {}, { action }));
  await until(() => inFlight('talks') === KINDS.length, 'the calls that show signs');
  await silenceHasEnded('silent');
  await writeFile(join(folder, 'talks', 'over'), '');
  const answers = await Promise.allSettled(talking);
  expect(answers.map((answer, index) => [KINDS[index], 'value' in answer ? answer.value : answer.reason])).toEqual(
    KINDS.map((kind) => [kind, 'over']),
  );
});

test('of several calls in one instance, any may have written what it writes', async () => {
  const calls = ['dots', 'silent'].map((action) => manager.executePlugin('at_once', {}, { action }));
  await until(() => inFlight('at_once') === 2, 'both calls');
  await silenceHasEnded('silent');
  await writeFile(join(folder, 'talks', 'over'), '');
  expect(await Promise.all(calls)).toEqual(['over', 'over']);
});
