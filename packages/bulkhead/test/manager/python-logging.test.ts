import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Level, pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PluginEvents } from '../../src/manager/event-listeners.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { TEST_HOME } from '../test-home.ts';

const PLUGIN = `
import logging, os
from plugin_sdk import PluginBase

log = logging.getLogger("my.plugin")

class Logs(PluginBase):
    def execute(self, input_data):
        log.debug("debug")
        log.info("info")
        log.warning("warning", extra={"order": 7})
        try:
            raise KeyError(os.environ["BULKHEAD_TEST_SECRET"])
        except KeyError:
            log.exception("failed")
        print("printed")

if __name__ == "__main__":
    Logs().start_server()
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-logging-'));
  await mkdir(join(folder, 'logs'));
  await writeFile(join(folder, 'logs', 'plugin.py'), PLUGIN);
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('records from info on reach those who listen, even where the log takes none', async () => {
  await writeFile(
    join(folder, 'plugins.yaml'),
    'plugins: [{ id: logs, path: ./logs, env: { BULKHEAD_TEST_SECRET: x } }]\n',
  );
  const observers = [
    {
      log: (...[, , { level, text, logger, stream }]: PluginEvents['log']) =>
        heard.push({ level, text, logger, stream }),
    },
  ];
  const heard: { readonly stream: string; readonly [field: string]: unknown }[] = [];
  const options = { home: TEST_HOME, logger: pino({ level: 'silent' }), observers };
  await using manager = await PluginManager.open(join(folder, 'plugins.yaml'), options);
  await manager.executePlugin('logs', {});
  await manager.close();
  // what is printed comes another way than what is logged, and may overtake it
  expect(heard.filter((line) => line.stream === 'stdout')).toEqual([
    { level: 'info', text: 'printed', logger: undefined, stream: 'stdout' },
  ]);
  expect(heard.filter((line) => line.stream !== 'stdout')).toEqual([
    { level: 'info', text: 'info', logger: 'my.plugin', stream: 'log' },
    { level: 'warn', text: 'warning', logger: 'my.plugin', stream: 'log' },
    { level: 'error', text: 'failed', logger: 'my.plugin', stream: 'log' },
  ]);
});

/** What a host whose logger has this level logs of a call of the plugin. */
async function logged(start: string, level: Level): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ level }, { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const env = 'env: { BULKHEAD_TEST_SECRET: "${env:BULKHEAD_TEST_SECRET}" }';
  await writeFile(join(folder, 'plugins.yaml'), `plugins: [{ id: logs, path: ./logs, start: ${start}, ${env} }]\n`);
  const variables = { ...process.env, BULKHEAD_TEST_SECRET: 'hunter2-hunter2' };
  const manager = await PluginManager.open(join(folder, 'plugins.yaml'), { home: TEST_HOME, logger, variables });
  await manager.executePlugin('logs', {});
  await manager.close();
  return lines.filter(({ stream }) => stream !== undefined);
}

describe.each(['spawn', 'fork'])('records of a plugin that is started by %s', (start) => {
  test('are entries with level, logger, call, fields, and the traceback of an exception', async () => {
    const lines = await logged(start, 'debug');
    const records = lines.filter(({ stream }) => stream === 'log');
    expect(records.map(({ level, msg }) => [level, msg])).toEqual([
      [20, 'debug'],
      [30, 'info'],
      [40, 'warning'],
      [50, 'failed'],
    ]);
    for (const record of records) expect(record).toMatchObject({ plugin: 'logs', call: 1, logger: 'my.plugin' });
    expect(records[2]).toMatchObject({ fields: { order: 7 } });
    expect(records[3]!['traceback']).toMatch(
      /^Traceback[^]*\n {2}File [^]*KeyError: '\$\{env:BULKHEAD_TEST_SECRET\}'$/,
    );
    const printed = lines.filter(({ stream }) => stream !== 'log');
    expect(printed).toMatchObject([{ level: 30, stream: 'stdout', msg: 'printed' }]);
  });

  test('are made from the level of the host on', async () => {
    expect((await logged(start, 'info')).map(({ msg }) => msg).toSorted()).toEqual([
      'failed',
      'info',
      'printed',
      'warning',
    ]);
    expect((await logged(start, 'error')).map(({ msg }) => msg)).toEqual(['failed']);
  });
});
