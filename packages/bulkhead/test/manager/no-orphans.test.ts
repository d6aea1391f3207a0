import { test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { gone, identify } from '../processes.ts';
import { fixture, observed } from '../test-home.ts';
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
