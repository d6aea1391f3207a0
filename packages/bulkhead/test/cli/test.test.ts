import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf, Workshop } from './workshop.ts';

const PLUGIN = `import os
from plugin_sdk import PluginBase, action


class Plugin(PluginBase):
    def execute(self, input_data):
        return [input_data, os.environ.get("COLOUR")]

    @action
    def fail(self):
        raise ValueError("on purpose")
`;

const TESTS = `import os, time, unittest
import pytest
from plugin import Plugin
from plugin_sdk.testing import CallFailed


def test_runs_in_this_process(start_plugin):
    assert start_plugin(Plugin).call(1) == [1, "blue"]


def test_runs_behind_a_real_host(real_host):
    assert real_host.call({"bytes": b"abc"}) == [{"bytes": b"abc"}, "blue"]
    with pytest.raises(CallFailed, match="on purpose") as failed:
        real_host.call(action="fail")
    assert failed.value.code == "PLUGIN_RAISED"


class Old(unittest.TestCase):
    def test_fails(self):
        print("printed by a test")
        self.assertEqual(1, 2)


def test_dies():
    os.abort()


def test_waits():
    print("waiting", flush=True)
    time.sleep(600)
`;

/** What passes of the above. */
const GOOD = ['-k', 'runs'];

let workshop: Workshop;
beforeAll(async () => {
  workshop = await Workshop.open();
  await workshop.write('good/plugin.py', PLUGIN);
  await workshop.write('good/tests/test_plugin.py', TESTS);
  await workshop.write('bare/plugin.py', PLUGIN);
  await workshop.write(
    'plugins.yaml',
    `plugins:
  - { id: good, path: ./good, python_version: "3.11", env: { COLOUR: blue } }
  - { id: bare, path: ./bare, python_version: "3.11" }
  - { id: off, path: ./missing, enabled: false }
`,
  );
});
afterAll(async () => await workshop[Symbol.asyncDispose]());

describe('bulkhead test', () => {
  test('runs the tests of a plugin, in this process and behind a real host, and passes arguments on', async () => {
    const outcome = await workshop.run(['test', 'good', '--', ...GOOD, '-q']);
    expect(outcome.stderr).not.toContain('error');
    expect(outcome).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('2 passed, 3 deselected') as string,
    });
  });

  test('ends as pytest does', async () => {
    expect(await workshop.run(['test', 'good', '--', '-k', 'fails'])).toMatchObject({ exitCode: 1 });
    expect(await workshop.run(['test', 'good', '--', '--no-such-option'])).toMatchObject({ exitCode: 4 });
    expect(await workshop.run(['test', 'good', '--', '-k', 'nothing'])).toMatchObject({ exitCode: 5 });
  });

  test('runs all that have tests and are not disabled; with --json only the report is on standard output', async () => {
    const { exitCode, stdout, stderr } = await workshop.run(['test', '--json', '--', '-k', 'fails', '-s']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      plugins: [
        { id: 'good', tests: 'failed', exit_status: 1, error: null },
        { id: 'bare', tests: 'none', exit_status: null, error: null },
      ],
    });
    expect(stderr).toContain('printed by a test');
    const all = await workshop.run(['test', '--', ...GOOD, '-q']);
    expect(all.stdout).toMatch(/2 passed[^]*\nPLUGIN +TESTS +TIME\ngood +passed .*\nbare +none .*\n$/);
  });

  test('says that there are none, or that they were cut off', async () => {
    const none = await workshop.run(['test', 'bare', '--json']);
    expect(none.exitCode).toBe(2);
    expect(errorOf(none)).toMatchObject({ code: 'TESTS_NOT_FOUND', blame: 'user' });
    const unknown = await workshop.run(['test', 'goood', '--json']);
    expect(errorOf(unknown)).toMatchObject({ code: 'PLUGIN_UNKNOWN' });
    const boxed = await workshop.write(
      'boxed.yaml',
      'plugins:\n  - { id: boxed, path: ./good, isolation: docker, image: "python:3.12" }\n',
    );
    const inside = await workshop.run(['test', '-r', boxed, '--json']);
    expect(inside.exitCode).toBe(2);
    expect(errorOf(inside)).toMatchObject({ code: 'TESTS_UNSUPPORTED' });
    const died = await workshop.run(['test', 'good', '--json', '--', '-k', 'dies']);
    expect(died.exitCode).toBe(1);
    expect(errorOf(died)).toMatchObject({
      code: 'TESTS_CUT_OFF',
      message: expect.stringContaining('SIGABRT') as string,
    });
  });

  test('ends the tests when it is to end', async () => {
    const running = workshop.start(['test', 'good', '--', '-k', 'waits', '-s']);
    let printed = '';
    while (!printed.includes('waiting')) {
      const [chunk] = (await once(running.stdout, 'data')) as [Buffer];
      printed += chunk.toString();
    }
    running.kill('SIGINT');
    const { exitCode, stdout } = await running;
    expect(exitCode).toBe(130);
    expect(stdout).toContain('KeyboardInterrupt');
  });
});
