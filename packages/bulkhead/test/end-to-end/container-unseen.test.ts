import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { engineOf, imageOf, onlyWith, testEngine } from '../container-engine.ts';
import { onlyIf } from '../not-run.ts';
import { fixture, TEST_HOME } from '../test-home.ts';

const exec = promisify(execFile);
const found = await testEngine();
const isRoot = process.getuid?.() === 0;
const options =
  typeof found === 'string' ? onlyWith(found) : onlyIf(isRoot, 'only root can hide processes from a host');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-unseen-'));
  const tries = `path: ${fixture('plugins/tries')}, isolation: docker, image: "${imageOf(found)}"`;
  await writeFile(
    join(folder, 'plugins.yaml'),
    `plugins: [{ id: tries, ${tries}, start: fork, timeouts: { call: 1s, cancel_grace: 200ms } }]\n`,
  );
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** As in a container of its own: it is in another name space of processes than the engine. */
test(
  'a host that sees no process of its containers interrupts and ends forks, and learns how they end',
  options,
  async () => {
    const program = `
    import { PluginManager } from ${JSON.stringify(fileURLToPath(new URL('../../dist/index.js', import.meta.url)))};
    const manager = await PluginManager.open(${JSON.stringify(join(folder, 'plugins.yaml'))}, { home: ${JSON.stringify(TEST_HOME)} });
    const tried = (code) => manager.executePlugin('tries', code).catch(({ code, message }) => [code, message]);
    const instances = () => manager.plugins()[0].instances.map(({ generation, pid }) => [generation, pid ?? 'unseen']);
    const told = [];
    told.push(await tried('seen = "well"'), instances());
    told.push(await tried('import time; time.sleep(60)'), instances());
    told.push(await tried('import os; os._exit(9)'));
    told.push(await tried('sum(iter(int, 1))'));
    while (instances().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await manager.close();
    console.log(JSON.stringify(told));
  `;
    const variables = { ...process.env, BULKHEAD_LOG: 'silent' };
    const command = ['--pid', '--fork', '--mount-proc', process.execPath, '--input-type=module', '-e', program];
    const { stdout } = await exec('unshare', command, { env: variables });
    expect(JSON.parse(stdout)).toEqual([
      'well',
      [[1, 'unseen']],
      ['CALL_TIMEOUT', expect.any(String)],
      [[1, 'unseen']],
      ['PLUGIN_CRASHED', expect.stringContaining('exited with status 9')],
      ['CALL_TIMEOUT', expect.any(String)],
    ]);
    const left = await engineOf(found).labelled('bulkhead.plugin=tries', new AbortController().signal);
    expect(left.filter(({ Labels }) => Labels['bulkhead.host']?.startsWith('1-'))).toEqual([]);
  },
);
