import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { observed } from '../test-home.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-stopping-'));
  await mkdir(join(folder, 'sample'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Calls a plugin with that code once, and stops it. @returns the warnings of the log, and how the instance has ended */
async function endOf(code: string, fields: string): Promise<{ warnings: unknown[]; ending: unknown }> {
  await writeFile(join(folder, 'sample', 'plugin.py'), code);
  await writeFile(join(folder, 'plugins.yaml'), `plugins:\n  - { id: sample, path: sample, ${fields} }\n`);
  const { options, lines } = observed();
  const manager = await PluginManager.open(join(folder, 'plugins.yaml'), options);
  await manager.executePlugin('sample');
  await manager.close();
  const warnings = lines.filter(({ level }) => Number(level) > 30).map(({ msg }) => msg);
  return { warnings, ending: lines.find(({ ending }) => ending === 'stopped')?.['msg'] };
}

const HANGS = (where: string): string => `
import atexit, threading
from plugin_sdk import PluginBase

class Hangs(PluginBase):
    def execute(self, input_data):
        ${where === 'exit handler' ? 'atexit.register(threading.Event().wait)' : 'return None'}
    def cleanup(self):
        ${where === 'cleanup' ? 'threading.Event().wait()' : 'return None'}
`;

test.each([
  ['cleanup', 'its calls and its cleanup'],
  ['exit handler', 'what follows its cleanup, such as exit handlers,'],
])('an instance whose %s does not end in time is ended, and a warning says why', async (where, what) => {
  expect(await endOf(HANGS(where), 'timeouts: { stop: 300ms }')).toEqual({
    warnings: [
      `instance ended by force: ${what} took longer than 0.3 s (timeouts.stop); what it had not written is lost`,
    ],
    ending: 'instance ended: was ended by signal SIGTERM',
  });
});

test('an instance that ends in time is no reason for a warning', async () => {
  expect(await endOf(HANGS('nowhere'), 'start: auto')).toEqual({
    warnings: [],
    ending: 'instance ended: exited with status 0',
  });
});
