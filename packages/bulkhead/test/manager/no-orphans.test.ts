import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { Ledger } from '../../src/launcher/ledger/ledger.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { gone, identify } from '../processes.ts';
import { fixture, observed, TEST_HOME } from '../test-home.ts';
import { onlyOnLinux } from '../not-run.ts';

test.each(['stopped', 'killed'])(
  'a child that has left the group of its plugin goes when the plugin is %s',
  onlyOnLinux('the mark of a process is read from /proc'),
  async (how) => {
    const { options } = observed();
    await using manager = await PluginManager.open(fixture('takes-long.yaml'), options);
    const pid = await manager.executePlugin('takes_long', null, { action: 'start_a_daemon' });
    const child = identify(pid as number);
    if (how === 'stopped') await manager.close();
    else process.kill(manager.plugins()[0]?.instances[0]?.pid as number, 'SIGKILL');
    await gone(child);
  },
);

test(
  'a manager that is closed has ended what its plugins left behind, and has no process on record',
  onlyOnLinux('the mark of a process is read from /proc'),
  async () => {
    const manager = await PluginManager.open(fixture('takes-long.yaml'), observed().options);
    await manager.executePlugin('takes_long', null, { action: 'start_a_daemon' });
    expect(await ownRecords()).not.toEqual([]);
    await manager.close();
    expect(await ownRecords()).toEqual([]);
  },
);

/** Folders of this process in the ledger. */
async function ownRecords(): Promise<string[]> {
  const { machineFolder } = new Ledger(StateFolder.of(process.env, TEST_HOME).instances);
  return (await readdir(machineFolder)).filter((name) => name.startsWith(`${process.pid}-`));
}
