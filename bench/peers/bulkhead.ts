import { PluginManager } from 'bulkhead';
import { benchFile } from '../floor-process.ts';
import { benchHome } from '../surroundings.ts';
import type { Peer } from './worker.ts';

export const bulkhead: Peer = {
  what: 'this repository: `manager.executePlugin`, an instance supervised as always',
  large: true,
  async start() {
    const manager = await PluginManager.open(benchFile('plugins.yaml'), {
      home: await benchHome(),
      variables: { ...process.env, BULKHEAD_LOG: 'silent' },
    });
    await manager.startPlugin('echo');
    return {
      pid: manager.plugins().find(({ id }) => id === 'echo')?.instances[0]?.pid ?? 0,
      binary: (data) => manager.executePlugin('echo', data) as Promise<Uint8Array>,
      structured: (value) => manager.executePlugin('echo', value),
      close: () => manager.close(),
    };
  },
};
